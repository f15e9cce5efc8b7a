/**
 * The matrix: SDK version x module format x level x transport x era of the protocol, and one session in a cell of it.
 *
 * A cell is one small program (fixtures/) in a folder whose `node_modules` are those of the SDK version. What is
 * compared between the plain and the watched run are the messages the server sent, byte for byte.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../harness/sandbox.ts';
import { type ExitState, spawnNode } from '../harness/process.ts';
import { HttpTalk } from './http-talk.ts';
import { WireClient } from '../harness/wire-client.ts';
import { installPinned } from './pinned.ts';

/** A cell of the matrix. */
export interface Cell {
  readonly sdk: string;
  readonly format: 'ESM' | 'CJS';
  readonly level: 'low' | 'high';
  readonly transport: 'stdio' | 'sse' | 'http';
  readonly era: '2025' | '2026';
}

interface Sdk {
  readonly version: string;
  /** Generation of the programs written for it. */
  readonly fixture: 'v1' | 'v2';
  readonly levels: readonly Cell['level'][];
  readonly http: 'sse' | 'http';
  readonly eras: readonly Cell['era'][];
  /** Among the project's own dependencies: nothing to install. */
  readonly own?: true;
}

const OLD = { fixture: 'v1', levels: ['low'], http: 'sse', eras: ['2025'] } as const;
const V1 = { fixture: 'v1', levels: ['low', 'high'], http: 'http', eras: ['2025'] } as const;
const V2 = {
  fixture: 'v2',
  levels: ['low', 'high'],
  http: 'http',
  eras: ['2025', '2026'],
} as const;

/** The versions: the oldest still run, the ones where the SDK's inside changed, the newest. */
export const SDKS: readonly Sdk[] = [
  { version: '0.6', ...OLD },
  { version: '1.0', ...OLD },
  { version: '1.4', ...V1, http: 'sse' },
  { version: '1.10', ...V1 },
  { version: '1.17', ...V1 },
  { version: '1.25', ...V1 },
  { version: '1.32', ...V1, own: true },
  { version: '2.0', ...V2 },
  { version: '2.4', ...V2, own: true },
];

/** Every cell there is. */
export const CELLS: readonly Cell[] = SDKS.flatMap((sdk) =>
  (['ESM', 'CJS'] as const).flatMap((format) =>
    sdk.levels.flatMap((level) =>
      (['stdio', sdk.http] as const).flatMap((transport) =>
        sdk.eras.map((era) => ({ sdk: sdk.version, format, level, transport, era })),
      ),
    ),
  ),
);

/** One finished session. */
export interface CellRun {
  /** What the server sent, in order. */
  readonly messages: readonly string[];
  readonly stderr: string;
  readonly exit: ExitState;
  readonly requests: readonly string[];
}

type Step = readonly [method: string, params?: Readonly<Record<string, unknown>>];

const CALLS: readonly Step[] = [
  ['tools/list'],
  ['tools/call', { name: 'echo', arguments: { text: 'hello' } }],
  ['tools/call', { name: 'boom', arguments: { text: 'x' } }],
  ['tools/call', { name: 'nope', arguments: {} }],
  ['no/such/method', { x: 1 }],
];

const CLIENT = { name: 'matrix-client', version: '1.0.0' };

/** Requests of an era: 2025 opens with a handshake, in 2026 each request carries it. */
export function stepsOf(era: Cell['era']): readonly Step[] {
  if (era === '2025')
    return [
      ['initialize', { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: CLIENT }],
      ['ping'],
      ...CALLS,
    ];
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': CLIENT,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return [['server/discover'] as const, ...CALLS].map(([method, params]) => [
    method,
    { ...params, _meta: meta },
  ]);
}

/** Runs the session of a cell once. */
export async function runCell(
  cell: Cell,
  sandbox: Sandbox,
  options: {
    readonly instrumented: boolean;
    readonly port: number;
    readonly env: Readonly<Record<string, string>>;
    /** Awaited when every answer is there, before the server is ended. */
    readonly beforeEnd?: () => Promise<void>;
  },
): Promise<CellRun> {
  const child = spawnNode({
    script: programOf(cell, sandbox),
    args: [cell.level, cell.transport, String(options.port), cell.era],
    env: { ...sandbox.env, ...options.env },
    instrumented: options.instrumented,
  });
  const steps = stepsOf(cell.era);
  const requests = steps.map(([method]) => method);
  let messages: readonly string[];
  if (cell.transport === 'stdio') {
    const client = new WireClient(child);
    for (const [method, params] of steps) {
      await client.request(method, params);
      if (method === 'initialize') client.notify('notifications/initialized');
    }
    messages = client.lines;
    await options.beforeEnd?.();
    child.closeStdin();
  } else {
    await child.printed('listening');
    const talk = new HttpTalk(options.port, cell.transport);
    await talk.open();
    for (const [method, params] of steps) {
      await talk.request(method, params);
      if (method === 'initialize') await talk.notify('notifications/initialized');
    }
    await options.beforeEnd?.();
    talk.close();
    ({ messages } = talk);
    child.kill('SIGTERM');
  }
  const exit = await child.gone();
  return { messages, stderr: child.stderr, exit, requests };
}

const LOAD = {
  ESM: 'const load = (name) => import(name);',
  CJS: 'const load = async (name) => require(name);',
};

const TOOLS = new URL('../bundles/fixtures/tools.mjs', import.meta.url);

/** Puts the program into the sandbox, beside the modules of its SDK. */
function programOf(cell: Cell, sandbox: Sandbox): string {
  const folder = join(sandbox.root, 'program');
  const script = join(folder, cell.format === 'ESM' ? 'server.mjs' : 'server.cjs');
  mkdirSync(folder, { recursive: true });
  const { fixture } = sdkOf(cell.sdk);
  const body = readFileSync(new URL(`./fixtures/${fixture}.js`, import.meta.url), 'utf8');
  copyFileSync(TOOLS, join(folder, 'tools.mjs'));
  writeFileSync(script, `${LOAD[cell.format]}\n${body}`);
  const modules = join(folder, 'node_modules');
  if (!existsSync(modules)) symlinkSync(modulesOf(cell.sdk), modules);
  return script;
}

function sdkOf(version: string): Sdk {
  const sdk = SDKS.find((candidate) => candidate.version === version);
  if (sdk === undefined) throw new Error(`no such SDK "${version}"`);
  return sdk;
}

/** The `node_modules` with this SDK in it; installs it where it is missing. */
export function modulesOf(version: string): string {
  return sdkOf(version).own === true
    ? fileURLToPath(new URL('../../node_modules', import.meta.url))
    : installPinned(fileURLToPath(new URL(`./sdks/sdk-${version}`, import.meta.url)));
}
