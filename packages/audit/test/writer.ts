/** A process that appends as fast as it can and says each id once `append` has returned; meant to be killed. */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { openLogbook } from '../src/logbook.ts';
import { uuidV7 } from '../src/id.ts';

const [root = '', count = 'Infinity'] = process.argv.slice(2);
const log = openLogbook({ root, service: 'writer' });
for (let n = 0; n < Number(count); n += 1) {
  const id = uuidV7(Date.now());
  const entered = log.append({
    id,
    timeMicros: Date.now() * 1000,
    kind: 'tool.call',
    action: 'execute',
    outcome: 'success',
    person: `|user-${n % 3}`,
    payload: JSON.stringify({ text: 'x'.repeat(n % 300) }),
  });
  if (entered) writeSync(1, `${id}\n`);
  if (n % 100 === 99) log.commit();
  if (n % 16 === 0) await setImmediate();
}
