/** What is remembered of names holds no texts. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void; // what the flag exposes

function heldMegabytes(): number {
  collect();
  return process.memoryUsage().heapUsed / 1_048_576;
}

test('a name that is remembered does not keep the text it stood in', () => {
  const redactor = createRedactor();
  const prose = 'The server read some files. '.repeat(2_000);
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  redactor.redactText(`${prose} the first text`);
  const before = heldMegabytes();
  for (let i = 0; i < 400; i++) {
    const own = `${letters[i % 26]}${letters[Math.floor(i / 26)]}`;
    redactor.redactText(`${prose}\npassword_of_service_${own}z stays\n`);
  }
  // 400 texts of 56 kB are 22 MB.
  expect(heldMegabytes() - before).toBeLessThan(5);
});
