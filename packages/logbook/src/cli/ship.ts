/**
 * `ship`: sends the logs under the root to a collector's audit port or a sink, in order, from where the last shipping
 * ended. Without --once it goes on until SIGINT or SIGTERM. --from SEQ sends again from that producer number of each
 * log, for a sink that reported a gap, and leaves the place where shipping goes on as it is.
 *
 * Settings that are not given come from the same variables as a server's (MCP_LOGBOOK_AUDIT_*, keys).
 */
import { createShipper, type Shipper, type ShipperOptions } from '@mcp-logbook/audit';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { lineOf, warnOnce } from '../diag.ts';
import { rootOf, UsageError } from './usage.ts';

/** --once and --from give up when nothing was accepted for this long. */
const GIVE_UP_MS = 15_000;
/** Without --once: between two looks at the logs. */
const POLL_MS = 1_000;

export async function ship(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      to: { type: 'string' },
      once: { type: 'boolean' },
      from: { type: 'string' },
      'token-file': { type: 'string' },
      recipient: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const config = readConfig(process.env, warnOnce);
  const endpoint = values.to ?? config.ship?.endpoint;
  if (endpoint === undefined)
    throw new UsageError('ship needs --to URL', 'e.g. --to https://collector:4320');
  if (values.from !== undefined && !/^[1-9]\d{0,14}$/.test(values.from))
    throw new UsageError('--from is not a whole number of at least 1', 'the sink names it');
  const root = rootOf(values.dir ?? config.dir);
  const folders =
    positionals.length > 0 ? positionals.map((log) => folderOf(root, log)) : undefined;
  if (folders === undefined && logsUnder(root).length === 0)
    throw new UsageError(`no log under "${root}"`, 'name a folder with --dir');

  const progress = new Progress();
  const shipper = await open(progress, {
    root,
    keyFile: config.keyFile,
    passphraseFile: config.passphraseFile,
    keyCommand: config.keyCommand,
    pseudonymKeyFile: config.pseudonymKeyFile,
    pseudonyms: config.identity !== 'none',
    ...config.ship,
    tokenFile: values['token-file'] ?? config.ship?.tokenFile,
    recipient: values.recipient ?? config.ship?.recipient,
    endpoint,
  });
  const stop = (): void => void shipper.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    const present = (): readonly string[] => folders ?? logsUnder(root);
    let result: Result;
    if (values.from !== undefined) {
      result = await progress.orGiveUp(shipper, reshipAll(shipper, present(), Number(values.from)));
    } else if (values.once === true) {
      result = await progress.orGiveUp(shipper, shipper.shipNow(present()));
    } else result = await keepShipping(shipper, present, progress);
    progress.end();
    for (const folder of result.busy)
      note(`"${basename(folder)}" is left out: another process is shipping it`);
    if (values.json === true)
      process.stdout.write(
        `${JSON.stringify({ complete: result.complete, records: progress.records, busy: result.busy })}\n`,
      );
    return result.complete ? 0 : 3;
  } finally {
    await shipper.close();
  }
}

interface Result {
  readonly complete: boolean;
  readonly busy: readonly string[];
}

async function reshipAll(
  shipper: Shipper,
  folders: readonly string[],
  from: number,
): Promise<Result> {
  let complete = true;
  for (const folder of folders)
    complete = (await shipper.reship(folder, from)) !== undefined && complete;
  // What was never shipped follows, where nobody else does that.
  const rest = await shipper.shipNow(folders);
  return { complete: complete && rest.complete, busy: [] };
}

/** Until a signal ends it, which is its good end. */
async function keepShipping(
  shipper: Shipper,
  present: () => readonly string[],
  progress: Progress,
): Promise<Result> {
  let busy: readonly string[] = [];
  let open = true;
  const stop = (): void => {
    open = false;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  while (open) {
    ({ busy } = await shipper.shipNow(present()));
    progress.rest();
    if (open) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { complete: true, busy };
}

async function open(progress: Progress, options: ShipperOptions): Promise<Shipper> {
  try {
    return await createShipper({
      ...options,
      observer: {
        shipped: (_, records) => progress.add(records),
        problem: (error) => note(lineOf(error)),
      },
    });
  } catch (error) {
    const { code, hint } = Object(error);
    if (code === 'ERR_LOGBOOK_USAGE' || code === 'ERR_LOGBOOK_KEY_MALFORMED')
      throw new UsageError(
        error instanceof Error ? error.message : 'bad setting',
        typeof hint === 'string' ? hint : 'see mcp-logbook --help',
      );
    throw error;
  }
}

/** Counts on stderr, once a second on a terminal; and the moment of the last acceptance. */
class Progress {
  records = 0;
  #lastMs = performance.now();
  #toldMs = 0;
  #told = 0;

  add(records: number): void {
    this.records += records;
    this.#lastMs = performance.now();
    if (process.stderr.isTTY && this.#lastMs - this.#toldMs > 1_000) {
      this.#toldMs = this.#lastMs;
      process.stderr.write(`\r${this.records} records shipped`);
      this.#told = this.records;
    }
  }

  /** Everything was shipped for now. */
  rest(): void {
    if (this.records > this.#told) this.end();
  }

  end(): void {
    process.stderr.write(`${process.stderr.isTTY ? '\r' : ''}${this.records} records shipped\n`);
    this.#told = this.records;
  }

  /** Ends the shipper when nothing was accepted for a while. */
  async orGiveUp(shipper: Shipper, work: Promise<Result>): Promise<Result> {
    this.#lastMs = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - this.#lastMs < GIVE_UP_MS) return;
      note(`nothing was accepted for ${GIVE_UP_MS / 1000} s; ship again later, nothing is lost`);
      clearInterval(watch);
      void shipper.close();
    }, 500);
    try {
      return await work;
    } finally {
      clearInterval(watch);
    }
  }
}

/** A log by its path, or by its folder's name under the root. */
function folderOf(root: string, log: string): string {
  const found = [log, join(root, log)].find((folder) => existsSync(join(folder, 'log.json')));
  if (found === undefined)
    throw new UsageError(`no log in "${log}"`, `name a folder, or one under "${root}"`);
  return found;
}

function logsUnder(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'log.json')));
}

function note(text: string): void {
  process.stderr.write(`mcp-logbook: ${text}\n`);
}
