/** Runs fixtures in processes of their own, under the hook of `fixtures/preload.ts`, and reads what its recorder saw. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

/** Folder of the fixtures: scripts are named within it, or by their whole path. */
const FIXTURES: string = join(import.meta.dirname, 'fixtures');

/** One line of what the recorder saw. */
export interface Seen {
  readonly ev: string;
  readonly n?: number;
  readonly side?: string;
  readonly method?: string;
  readonly type?: string;
  readonly [key: string]: unknown;
}

/** What a process did. */
export interface Run {
  readonly seen: readonly Seen[];
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  /** The preload; `false` = none. */
  readonly preload?: string | false;
  /** More options of Node.js. */
  readonly options?: readonly string[];
}

/** Runs a script to its end. */
export function run(
  script: string,
  { input = '', ...rest }: Options & { input?: string } = {},
): Run {
  const prepared = prepare(script, rest);
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, prepared.args, {
      input,
      encoding: 'utf8',
      timeout: 30_000,
      maxBuffer: 64 * 1024 * 1024,
      env: prepared.env,
    });
    return { seen: prepared.seen(), stdout, stderr, status };
  } finally {
    prepared.remove();
  }
}

/**
 * Runs a server on stdio, writing `chunks` one after another.
 * @param wait each waits for the answers to those before; default true
 */
export async function talk(
  script: string,
  chunks: readonly (string | Uint8Array)[],
  { wait = true, ...rest }: Options & { readonly wait?: boolean } = {},
): Promise<Run> {
  const prepared = prepare(script, rest);
  const child = spawn(process.execPath, prepared.args, { env: prepared.env });
  const out: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  const gone = new Promise<number | null>((ended) => child.once('close', ended));
  try {
    let due = 0;
    for (const chunk of chunks) {
      child.stdin.write(chunk);
      due += idsIn(Buffer.from(chunk).toString());
      if (!wait) {
        await later(1);
        continue;
      }
      const deadline = Date.now() + 10_000;
      while (
        idsIn(Buffer.concat(out).toString()) < due &&
        child.exitCode === null &&
        Date.now() < deadline
      )
        await later(5);
      await later(10);
    }
    child.stdin.end();
    const status = await gone;
    return { seen: prepared.seen(), stdout: Buffer.concat(out).toString(), stderr, status };
  } finally {
    child.kill('SIGKILL');
    prepared.remove();
  }
}

function prepare(script: string, { env = {}, preload = 'preload.ts', options = [] }: Options) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-logbook-hook-'));
  const file = join(folder, 'seen.jsonl');
  const hook = preload === false ? [] : ['--require', join(FIXTURES, preload)];
  return {
    args: [
      '--no-warnings',
      '--conditions=@mcp-logbook/source',
      ...options,
      ...hook,
      resolve(FIXTURES, script),
    ],
    env: { PATH: dirname(process.execPath), SEEN: file, ...env },
    seen: (): Seen[] =>
      preload !== false
        ? readFileSync(file, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as Seen)
        : [],
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function idsIn(text: string): number {
  return text.match(/"id":/g)?.length ?? 0;
}

/** A JSON-RPC message as a line. */
export const message = (value: object): string =>
  `${JSON.stringify({ jsonrpc: '2.0', ...value })}\n`;

export const INITIALIZE: string = message({
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'tester', version: '9' },
  },
});

/** The handshake of a client. */
export const HELLO: readonly string[] = [
  INITIALIZE,
  message({ method: 'notifications/initialized' }),
];

export const LIST: string = message({ id: 1, method: 'tools/list' });

export const call = (id: number | string, name: string, args: object = {}): string =>
  message({ id, method: 'tools/call', params: { name, arguments: args } });
