/** The session of session.ts with a server that listens: Streamable HTTP at `/mcp`, ended by SIGTERM as a supervisor does. */
import { connect } from 'node:net';
import { asRecord } from '../harness/json.ts';
import { spawnCommand } from '../harness/process.ts';
import { withoutTraceContext } from '../harness/servers.ts';
import { HttpTalk } from '../matrix/http-talk.ts';
import { commandLine, type Session, type SessionSpec } from './session.ts';

/** Runs the session; rejects where the server does not listen or answer. */
export async function runHttpSession(spec: SessionSpec, port: number): Promise<Session> {
  const child = spawnCommand(commandLine(spec), {
    env: spec.env,
    wrapped: false,
    cwd: spec.sandbox.work,
  });
  await listening(port, () => `exit ${JSON.stringify(child.exit ?? 'running')}; ${child.stderr}`);
  const talk = new HttpTalk(port, 'http');
  const requests: string[] = [];
  const ask = async (method: string, params?: Readonly<Record<string, unknown>>): Promise<void> => {
    requests.push(method);
    await talk.request(method, params);
  };
  await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'servers-client', version: '1.0.0' },
  });
  await talk.notify('notifications/initialized');
  await ask('ping');
  await ask('tools/list', {});
  const listed = asRecord(asRecord(JSON.parse(talk.messages.at(-1) ?? '{}'))['result'])['tools'];
  const [name, args] = spec.call;
  await ask('tools/call', { name, arguments: args });
  await ask('tools/call', { name: 'no_such_tool_here', arguments: { a: 1 } });
  await ask('no/such/method', {});
  await spec.beforeEnd?.(requests.length);
  talk.close();
  const closedMs = performance.now();
  child.kill('SIGTERM');
  const exit = await child.gone(30_000);
  const isAnswer = (line: string): boolean => asRecord(JSON.parse(line))['method'] === undefined;
  return {
    answers: talk.messages.filter(isAnswer),
    others: talk.messages
      .filter((line) => !isAnswer(line))
      .map((line) => withoutTraceContext(line))
      .toSorted(),
    stderr: child.stdout + child.stderr,
    exit,
    endMs: exit.atMs - closedMs,
    stayed: false,
    requests,
    asked: [],
    tools: Array.isArray(listed) ? listed.length : 0,
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
