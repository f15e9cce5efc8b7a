/** The session of session.ts with a server that listens: Streamable HTTP at `/mcp`, ended by SIGTERM as a supervisor does. */
import { connect } from 'node:net';
import { asRecord } from '../harness/json.ts';
import { spawnCommand } from '../harness/process.ts';
import { HttpTalk } from '../matrix/http-talk.ts';
import { commandLine, converse, type Session, type SessionSpec, sortedOut } from './session.ts';

/** Runs the session; rejects where the server does not listen or answer. */
export async function runHttpSession(spec: SessionSpec, port: number): Promise<Session> {
  const child = spawnCommand(commandLine(spec), {
    env: spec.env,
    wrapped: false,
    cwd: spec.sandbox.work,
  });
  await listening(port, () => `exit ${JSON.stringify(child.exit ?? 'running')}; ${child.stderr}`);
  const talk = new HttpTalk(port, 'http');
  const said = await converse(spec, {
    ask: async (method, params) => {
      await talk.request(method, params);
      return asRecord(JSON.parse(talk.messages.at(-1) ?? '{}'));
    },
    initialized: () => talk.notify('notifications/initialized'),
  });
  talk.close();
  const closedMs = performance.now();
  child.kill('SIGTERM');
  const exit = await child.gone(30_000);
  return {
    ...said,
    ...sortedOut(talk.messages),
    // Each run has a port of its own, as it has a sandbox.
    stderr: (child.stdout + child.stderr).replaceAll(`:${port}`, ':PORT'),
    exit,
    endMs: exit.atMs - closedMs,
    stayed: false,
  };
}

async function listening(port: number, state: () => string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    if (performance.now() > deadline) throw new Error(`port ${port} is not open; ${state()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
