/**
 * One short session with one server over stdio: handshake, ping, the lists it offers, a harmless call, an unknown tool;
 * then stdin is closed, and who stays gets SIGTERM, as hosts do (harness/linger.ts).
 */
import { asRecord } from '../harness/json.ts';
import { lingers } from '../harness/linger.ts';
import { BIN, type ExitState, REGISTER, spawnCommand } from '../harness/process.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { withoutTraceContext } from '../harness/servers.ts';
import { WireClient } from '../harness/wire-client.ts';

const ANSWER_MS = 60_000;

export interface SessionSpec {
  /** Runs `wrap`. */
  readonly node: string;
  /** The server as it is started plain; with the flag, and options of node, right behind its first word. */
  readonly command: readonly string[];
  readonly call: readonly [tool: string, args: Readonly<Record<string, unknown>>];
  /** `options`: the flag is in NODE_OPTIONS, as `--import`, behind what `env` has there: it reaches children too. */
  readonly by: 'plain' | 'flag' | 'options' | 'wrap';
  /** What stands for the flag; default `--require` (in NODE_OPTIONS `--import=`) and the path of register. */
  readonly flag?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Awaited after the last answer, before stdin is closed. */
  readonly beforeEnd?: (requests: number) => Promise<void>;
  readonly sandbox: Sandbox;
  /** Default: the sandbox's own folder for work. */
  readonly cwd?: string;
}

export interface Session {
  /** Answers, in order, and everything else that the server sent, sorted (notifications go their own way) and without our trace context. */
  readonly answers: readonly string[];
  readonly others: readonly string[];
  readonly stderr: string;
  readonly exit: ExitState;
  /** From the close of stdin to the end. */
  readonly endMs: number;
  /** Whether it stayed until SIGTERM. */
  readonly stayed: boolean;
  readonly requests: readonly string[];
  /** Names of the tools, for a list that must not be empty. */
  readonly tools: number;
}

type Params = Readonly<Record<string, unknown>>;

/** What carries the requests of a session. */
export interface Talk {
  /** Resolves with the answer, a result or an error. */
  readonly ask: (method: string, params?: Params) => Promise<Record<string, unknown>>;
  readonly initialized: () => void | Promise<void>;
}

/** The requests, each answered before the next, then `beforeEnd`. */
export async function converse(
  { call: [name, args], beforeEnd }: SessionSpec,
  talk: Talk,
): Promise<Pick<Session, 'requests' | 'tools'>> {
  const requests: string[] = [];
  const ask = async (method: string, params?: Params): Promise<Record<string, unknown>> => {
    requests.push(method);
    return await talk.ask(method, params);
  };
  const hello = await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'servers-client', version: '1.0.0' },
  });
  await talk.initialized();
  const offered = asRecord(asRecord(hello['result'])['capabilities']);
  await ask('ping');
  const listed = asRecord((await ask('tools/list', {}))['result'])['tools'];
  await ask('tools/call', { name, arguments: args });
  await ask('tools/call', { name: 'no_such_tool_here', arguments: { a: 1 } });
  if (offered['resources'] !== undefined) await ask('resources/list', {});
  if (offered['prompts'] !== undefined) await ask('prompts/list', {});
  await ask('no/such/method', {});
  await beforeEnd?.(requests.length);
  return { requests, tools: Array.isArray(listed) ? listed.length : 0 };
}

/** What a server wrote, sorted out (`Session.answers`, `Session.others`). */
export function sortedOut(lines: readonly string[]): Pick<Session, 'answers' | 'others'> {
  const isAnswer = (line: string): boolean => asRecord(JSON.parse(line))['method'] === undefined;
  return {
    answers: lines.filter(isAnswer),
    others: lines
      .filter((line) => !isAnswer(line))
      .map((line) => withoutTraceContext(line))
      .toSorted(),
  };
}

/** Runs the session; rejects where the server does not answer or writes anything but JSON-RPC. */
export async function runSession(spec: SessionSpec): Promise<Session> {
  const child = spawnCommand(commandLine(spec), {
    env: environment(spec),
    wrapped: false,
    cwd: spec.cwd ?? spec.sandbox.work,
  });
  const client = new WireClient(child);
  const said = await converse(spec, {
    ask: (method, params) => client.request(method, params, ANSWER_MS),
    initialized: () => client.notify('notifications/initialized'),
  });
  const closedMs = performance.now();
  child.closeStdin();
  const stayed = await lingers(child);
  if (stayed) child.kill('SIGTERM');
  const exit = await child.gone(30_000);
  client.assertOnlyMessages();
  return {
    ...said,
    ...sortedOut(client.lines),
    stderr: child.stderr,
    exit,
    endMs: exit.atMs - closedMs,
    stayed,
  };
}

/** The server's command as this run starts it. */
export function commandLine({ node, by, command, flag }: SessionSpec): string[] {
  const [program = '', ...rest] = command;
  return {
    plain: [...command],
    options: [...command],
    flag: [program, ...(flag ?? ['--require', REGISTER]), ...rest],
    wrap: [node, BIN, 'wrap', '--', ...command],
  }[by];
}

function environment({
  by,
  env,
  flag = [`--import=${REGISTER}`],
}: SessionSpec): Readonly<Record<string, string>> {
  const { NODE_OPTIONS = '' } = env;
  return by === 'options'
    ? { ...env, NODE_OPTIONS: `${NODE_OPTIONS} ${flag.join(' ')}`.trim() }
    : env;
}
