import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { stopProcesses } from '../harness/process.ts';
import { realServers } from '../harness/servers.ts';
import { runScript } from '../harness/run-script.ts';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe.each(realServers)('$name', (server) => {
  test('plain equals plain', async () => {
    const sandbox = aSandbox();
    const one = await runScript(server, sandbox, { instrumented: false });
    const two = await runScript(server, sandbox, { instrumented: false });
    expect(two.lines).toEqual(one.lines);
    expect(two.stderr).toEqual(one.stderr);
    expect(one.lines.length).toBeGreaterThan(one.requests.length - 1);
    if (process.env['SHOW'])
      console.log(one.lines.map((l) => l.slice(0, 300)).join('\n'), one.stderr, one.exit);
  });
});
