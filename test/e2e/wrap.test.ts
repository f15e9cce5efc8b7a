/**
 * `mcp-logbook wrap`: servers in other languages, or out of the flag's reach, recorded from outside. The client and the
 * server must not be able to tell (I8), and each call must be recorded once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  ATTR_MCP_METHOD_NAME,
  ATTR_MCP_PROTOCOL_VERSION,
  ATTR_NETWORK_TRANSPORT,
} from '@mcp-logbook/semconv';
import { mcpLogbook, verifyRoot } from '../harness/cli.ts';
import { expectSession, requestSpans } from '../harness/expect-run.ts';
import { callLeaves, logFolders } from '../harness/logbook.ts';
import { BIN, spawnCommand, stopProcesses, testFolder, type Watched } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { runScript } from '../harness/run-script.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { filesystem, memory } from '../harness/servers.ts';
import { full } from '../harness/tried.ts';
import { strictProblems } from '../harness/strict.ts';
import { eventually } from '../harness/wait.ts';
import { PROTOCOL_VERSION } from '../harness/wire-client.ts';
import { finishWrapped, hasPython, PYTHON_SERVER, startWrapped } from '../harness/wrapped.ts';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe.each(full ? [memory, filesystem] : [memory])('$name by wrap', (real) => {
  test('writes what it writes alone, ends as it ends alone, and each request is recorded once', async () => {
    const receiver = await Receiver.start();
    const alone = aSandbox();
    const plain = await runScript(real, alone, { instrumented: false });
    const sandbox = aSandbox();
    const wrapped = await runScript(real, sandbox, {
      instrumented: 'wrap',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    });
    await receiver.stop();

    const own = (run: typeof plain, root: string): string =>
      run.lines.join('\n').replaceAll(root, 'ROOT');
    expect(own(wrapped, sandbox.root)).toBe(own(plain, alone.root));
    expect(wrapped.lines.length).toBeGreaterThanOrEqual(wrapped.requests.length);
    expect(wrapped.stderr.replaceAll(sandbox.root, 'ROOT')).toBe(
      plain.stderr.replaceAll(alone.root, 'ROOT'),
    );
    expect([wrapped.exit.code, wrapped.exit.signal]).toEqual([plain.exit.code, plain.exit.signal]);
    expect(wrapped.requests).toEqual(plain.requests);
    expectSession(receiver, sandbox.logs, wrapped.requests, wrapped.asked);
    expect(strictProblems(receiver)).toEqual([]);
    expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
  });
});

describe.skipIf(!hasPython)(
  'a Python server by hand under wrap (skipped where no python3 is)',
  () => {
    test('each of its requests, both ways, is one span, one event, one metric point, one entry', async () => {
      const receiver = await Receiver.start();
      const run = await startWrapped(['python3', PYTHON_SERVER], {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      });
      const { client } = run;
      const calls = ['echo', 'fail', 'sample', 'refuse', 'unknown'];
      for (const name of calls) await client.call(name, { text: 'hello' });
      await client.request('ping');
      await finishWrapped(run, receiver);
      await receiver.stop();

      expectSession(
        receiver,
        run.sandbox.logs,
        ['initialize', 'tools/list', ...calls.map(() => 'tools/call'), 'ping'],
        ['sampling/createMessage'],
      );
      expect(strictProblems(receiver)).toEqual([]);
      const leaves = callLeaves(run.sandbox.logs).map(({ leaf }) => [
        leaf['target'],
        leaf['outcome'],
      ]);
      expect(leaves.filter(([target]) => target !== undefined)).toEqual([
        ['echo', 'success'],
        ['fail', 'failure'],
        ['sample', 'success'],
        ['refuse', 'failure'],
        ['_OTHER', 'failure'],
      ]);
      const [span] = requestSpans(receiver).filter(
        (one) => one.attributes[ATTR_MCP_METHOD_NAME] === 'tools/call',
      );
      expect(span?.attributes).toMatchObject({
        [ATTR_NETWORK_TRANSPORT]: 'pipe',
        [ATTR_MCP_PROTOCOL_VERSION]: PROTOCOL_VERSION,
      });
      expect(span?.resource['service.name']).toBe('unknown_service:python3');
      expect(logFolders(run.sandbox.logs)).toEqual([join(run.sandbox.logs, 'by-hand')]);
      const [entry] = mcpLogbook(
        ['query', '--kind', 'tool.call', '--json'],
        run.sandbox.env,
      ).stdout.split('\n');
      expect(entry).toContain('"name":"wire-client"');
      expect(entry).toMatch(/os:[^"|]+\|/);
    });
  },
);

/** Tells its pid on stderr, and is ready; the rest decides how it ends. */
const told = (rest: string): string[] => ['sh', '-c', `echo "pid $$ ready" >&2; ${rest}`];
const stays = told('exec sleep 60');

describe('a command under wrap ends as it does alone:', () => {
  test.each<[string, readonly string[], ((child: Watched) => void)?]>([
    ['exit 0', told('exit 0')],
    ['exit 3', told('exit 3')],
    ['exit 0 when stdin ends', told('cat'), (child) => child.closeStdin()],
    ['killed by SIGTERM', stays, (child) => child.kill('SIGTERM')],
    ['killed by SIGINT', stays, (child) => child.kill('SIGINT')],
    ['killed by SIGHUP', stays, (child) => child.kill('SIGHUP')],
    ['killed by SIGQUIT', stays, (child) => child.kill('SIGQUIT')],
    ['killed by SIGUSR1', stays, (child) => child.kill('SIGUSR1')],
    ['killed by SIGUSR2', stays, (child) => child.kill('SIGUSR2')],
    ['SIGKILL of the command itself', stays, (child) => killTold(child, 'SIGKILL')],
    ['SIGSEGV of the command itself', stays, (child) => killTold(child, 'SIGSEGV')],
    ['SIGPIPE of the command itself', stays, (child) => killTold(child, 'SIGPIPE')],
    [
      'its own answer to SIGTERM',
      ['sh', '-c', 'trap "exit 5" TERM; echo "pid $$ ready" >&2; while :; do sleep 0.05; done'],
      (child) => child.kill('SIGTERM'),
    ],
  ])('%s', async (_, command, act) => {
    const ends = [];
    for (const wrapped of [false, true]) {
      const child = spawnCommand(command, { env: aSandbox().env, wrapped });
      await child.printed('ready\n');
      // A shell that becomes another program is neither for a moment.
      if (command === stays) await becameSleep(child);
      act?.(child);
      const { code, signal } = await child.gone();
      const words = child.stderr.replace(/^pid \d+/, 'pid N');
      ends.push([code, signal, child.stdout, words]);
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  test('127 when there is no such command, 126 when it cannot be executed, one error and one hint', () => {
    for (const [command, code] of [
      ['no-such-command-here', 127],
      [testFolder, 126],
    ] as const) {
      const run = mcpLogbook(['wrap', '--', command]);
      expect([run.code, run.stdout]).toEqual([code, '']);
      expect(run.stderr).toMatch(/^mcp-logbook: error: cannot start ".*\nmcp-logbook: hint: .*\n$/);
    }
  });

  test('a process it left behind, which holds stdout open, does not keep the wrapper', () => {
    const run = mcpLogbook(['wrap', '--', 'sh', '-c', 'sleep 30 2>/dev/null & exit 4']);
    expect(run.code).toBe(4);
  }, 20_000);

  test('its stdout ends when the command closes it, while it runs on', async () => {
    const { env } = aSandbox();
    const command = ['sh', '-c', 'echo last; exec >&-; cat >/dev/null; exit 6'];
    const child = spawn(process.execPath, [BIN, 'wrap', '--', ...command], { env: { ...env } });
    child.stdout.resume();
    await once(child.stdout, 'end');
    expect(child.exitCode).toBeNull();
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([6, null]);
  });

  test('the wrapper killed: the command sees the end of its stdin', async () => {
    const child = spawnCommand(['sh', '-c', 'echo "pid $$ ready" >&2; cat; echo over >&2'], {
      env: aSandbox().env,
      wrapped: true,
    });
    await child.printed('ready\n');
    child.kill('SIGKILL');
    await child.printed('over\n');
  });
});

function toldPid(child: Watched): number {
  return Number(/pid (\d+) ready/.exec(child.stderr)?.[1]);
}

function killTold(child: Watched, signal: NodeJS.Signals): void {
  process.kill(toldPid(child), signal);
}

async function becameSleep(child: Watched): Promise<void> {
  const file = `/proc/${toldPid(child)}/comm`;
  if (!existsSync('/proc/self/comm')) return;
  await eventually(
    () => readFileSync(file, 'utf8') === 'sleep\n',
    5_000,
    () => 'the shell did not become sleep',
  );
}
