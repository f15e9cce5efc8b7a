/**
 * A short MCP session with a command, as a host has it over stdio: `initialize`, `tools/list`, end of stdin. The command
 * runs under the flag, with a logbook of its own in a temporary folder, no telemetry and no audit port, so that nothing
 * of this look is in the user's log.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { query } from '@mcp-logbook/audit';
import { inPackage } from '../in-package.ts';
import { INSTALLED } from '../init/installed.ts';
import { requireOption, withRegister } from '../init/node-options.ts';
import type { Noted } from './probe.ts';

/** A host's patience after stdin was closed, then after SIGTERM. */
const END_MS = 3_000;
const MAX_LINE = 8 * 2 ** 20;
/** Of stderr, the end is kept. */
const MAX_STDERR = 64 * 1024;
const MODERN = '2026-07-28';

/** What was seen. */
export interface Session {
  /** `undefined` = it never answered. */
  readonly server: { readonly name: string; readonly version: string } | undefined;
  /** `undefined` = tools/list was not answered, or refused. */
  readonly tools: number | undefined;
  /** Why there is no answer: the error of starting it, its exit, the JSON-RPC error. */
  readonly trouble: string | undefined;
  /** Lines on stdout that are no JSON-RPC. */
  readonly stray: number;
  readonly stderr: string;
  readonly noted: readonly Noted[];
  /** Entries other than the log's own. */
  readonly entries: number;
}

/**
 * Has the session.
 * @param timeoutMs for each answer; `npx` may have to fetch the server first
 */
export async function sessionWith(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-logbook-doctor-'));
  const root = join(folder, 'logs');
  const report = join(folder, 'noted.jsonl');
  const talk = new Talk(command, args, environment(env, root, report));
  try {
    const outcome = await handshake(talk, timeoutMs);
    await talk.end();
    return {
      ...outcome,
      stray: talk.stray,
      stderr: talk.stderr,
      noted: notedIn(report),
      entries: entriesIn(root),
    };
  } finally {
    await talk.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Of the user's settings those stay that decide what is recorded; empty = unset. */
function environment(
  env: Readonly<Record<string, string | undefined>>,
  root: string,
  report: string,
): Record<string, string | undefined> {
  const probe = inPackage('dist/doctor/probe.js');
  const options = withRegister(env['NODE_OPTIONS'] ?? '', INSTALLED.register, existsSync) ?? '';
  const kept = Object.entries(env).filter(
    ([name]) => !name.startsWith('MCP_LOGBOOK_') && !name.startsWith('OTEL_'),
  );
  return {
    ...Object.fromEntries(kept),
    NODE_OPTIONS: `${options} ${requireOption(probe)}`,
    MCP_LOGBOOK_DIR: root,
    MCP_LOGBOOK_DOCTOR: report,
    MCP_LOGBOOK_VERIFY_EVERY: '0',
    OTEL_SDK_DISABLED: 'true',
  };
}

type Outcome = Pick<Session, 'server' | 'tools' | 'trouble'>;

async function handshake(talk: Talk, timeoutMs: number): Promise<Outcome> {
  const client = { name: 'mcp-logbook-doctor', version: '1' };
  const answer = await talk.request(
    'initialize',
    { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: client },
    timeoutMs,
  );
  if (answer === undefined) return { server: undefined, tools: undefined, trouble: talk.trouble };
  const info = (Object(answer['result']) as { serverInfo?: unknown }).serverInfo;
  if (answer['error'] === undefined) {
    talk.notify('notifications/initialized');
    const tools = toolsOf(await talk.request('tools/list', {}, timeoutMs));
    return { server: named(info), tools, trouble: talk.trouble };
  }
  // A server of 2026 only: no session, every request says who asks. A call of a tool that nobody has makes an entry.
  const meta = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': MODERN,
      'io.modelcontextprotocol/clientInfo': client,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  };
  const tools = toolsOf(await talk.request('tools/list', meta, timeoutMs));
  if (tools === undefined)
    return { server: undefined, tools, trouble: `it answers initialize with an error` };
  await talk.request(
    'tools/call',
    { name: 'mcp-logbook-doctor', arguments: {}, ...meta },
    timeoutMs,
  );
  return { server: { name: 'a server', version: `of ${MODERN}` }, tools, trouble: talk.trouble };
}

function toolsOf(answer: Message | undefined): number | undefined {
  const { tools } = Object(answer?.['result']) as { tools?: unknown };
  return Array.isArray(tools) ? tools.length : undefined;
}

function named(info: unknown): { name: string; version: string } {
  const { name, version } = Object(info) as Record<string, unknown>;
  return { name: String(name).slice(0, 100), version: String(version).slice(0, 40) };
}

type Message = Readonly<Record<string, unknown>>;

/** Newline-delimited JSON-RPC with a child process. */
class Talk {
  stray = 0;
  stderr = '';
  /** Why nothing more will come. */
  trouble: string | undefined;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone: Promise<void>;
  readonly #waiting = new Map<number, (answer: Message | undefined) => void>();
  #rest = '';
  #id = 0;

  constructor(command: string, args: readonly string[], env: Record<string, string | undefined>) {
    // Windows finds npx.cmd by its shell only; hosts do the same.
    const shell = process.platform === 'win32' && !/\.exe$/i.test(command);
    this.#child = spawn(command, args, { env, stdio: 'pipe', shell });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-MAX_STDERR);
    });
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error: NodeJS.ErrnoException) => {
        this.#stop(`it cannot be started (${error.code ?? 'no reason given'})`);
        resolve();
      });
      this.#child.once('close', (code, signal) => {
        this.#stop(`it ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
    });
  }

  notify(method: string): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`);
  }

  /** @returns `undefined` when there is no answer in time; `trouble` says why */
  request(method: string, params: object, timeoutMs: number): Promise<Message | undefined> {
    if (this.trouble !== undefined) return Promise.resolve(undefined);
    const id = ++this.#id;
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        this.trouble = `it does not answer ${method} within ${timeoutMs / 1000} s`;
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  /** As a host ends a server. Idempotent. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    for (const signal of [undefined, 'SIGTERM', 'SIGKILL'] as const) {
      if (signal !== undefined) this.#child.kill(signal);
      if (await within(this.#gone, END_MS)) return;
    }
    // A grandchild holds the pipes: nothing more is read.
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #stop(why: string): void {
    this.trouble ??= why;
    for (const answer of this.#waiting.values()) answer(undefined);
    this.#waiting.clear();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(-MAX_LINE);
    for (const line of lines) if (line.trim() !== '') this.#line(line);
  }

  #line(line: string): void {
    const message = parsed(line);
    if (message === undefined) {
      this.stray++;
      return;
    }
    const { id, method } = message;
    // What it asks of a client is not for a doctor.
    if (typeof method === 'string') {
      if (id !== undefined)
        this.#child.stdin.write(
          `${JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'not here' } })}\n`,
        );
      return;
    }
    const waiting = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    waiting?.(message);
  }
}

function parsed(line: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(line);
    const { jsonrpc } = Object(message) as { jsonrpc?: unknown };
    return jsonrpc === '2.0' ? (message as Message) : undefined;
  } catch {
    return undefined;
  }
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

function notedIn(report: string): Noted[] {
  try {
    const lines = readFileSync(report, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Noted);
  } catch {
    return [];
  }
}

/** Entries about what the command did: not about the log, nor about what it is recorded with. */
function entriesIn(root: string): number {
  try {
    return query(root, { limit: 1_000 }).filter(
      ({ leaf }) => !leaf.kind.startsWith('log.') && leaf.target !== 'setup',
    ).length;
  } catch {
    return 0;
  }
}
