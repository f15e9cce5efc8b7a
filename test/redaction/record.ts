/**
 * Records whole MCP sessions of the real servers of the tests, once: `node test/redaction/record.ts`.
 *
 * The files in `recorded/` are JSON Lines, one message a line: `{"direction", "message"}`. Nothing in them is secret or
 * personal, so the redactor must leave them as they are. Left out: messages with binary content, which is cut to type,
 * size and digest by design, and messages over `LONGEST` bytes. Paths of this machine become `/srv/...`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stopProcesses } from '../harness/process.ts';
import { runScript } from '../harness/run-script.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { realServers } from '../harness/servers.ts';

const LONGEST = 40_000;
const folder = join(import.meta.dirname, 'recorded');
mkdirSync(folder, { recursive: true });

for (const server of realServers) {
  const sandbox = aSandbox();
  const { lines } = await runScript(server, sandbox, { instrumented: false });
  const asked = server
    .steps(sandbox)
    .map(([method, params], id) => JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const clean = (direction: string, texts: readonly string[]): string[] =>
    texts
      .filter(
        (text) => text.length <= LONGEST && !/"type":"(image|audio)"|"blob":|;base64,/.test(text),
      )
      .map(
        (text) => `{"direction":"${direction}","message":${withoutPaths(text, sandbox.root)}}\n`,
      );
  const all = [...clean('request', asked), ...clean('response', lines)];
  writeFileSync(join(folder, `${server.name}.jsonl`), all.join(''));
  console.log(`${server.name}: ${all.length} messages, ${all.join('').length} bytes`);
}
await stopProcesses();
removeSandboxes();

/** Takes out what only this machine has: the sandbox, the program's folders, the search path. */
function withoutPaths(text: string, root: string): string {
  const repository = dirname(dirname(import.meta.dirname));
  return text
    .replaceAll(root, '/srv/sandbox')
    .replaceAll(repository, '/srv/repository')
    .replace(/(\\?"PATH\\?": ?\\?")[^"\\]*/g, '$1/usr/local/bin:/usr/bin:/bin');
}
