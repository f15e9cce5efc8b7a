/**
 * The one logbook of a process, opened at the first entry and not before: off the way of the first answer, and with the
 * server's name known (audit.md 1). The recorder's calls and the program's own entries (`logbook.record`) share it.
 *
 * Nothing here throws. A logbook that cannot be opened is one line on stderr, counted drops, and in `strict` a refusal;
 * it is tried again at most every 30 seconds.
 */
import { createOwnRequire } from '@mcp-logbook/instrumentation/hook';
import type { Logbook, LogbookOptions, LogWatch, RecordInput } from '@mcp-logbook/audit';
import type { AuditEntry, AuditPort } from '@mcp-logbook/instrumentation/ports';
import type { LogTelemetry } from '@mcp-logbook/instrumentation/recorder';
import { basename } from 'node:path';
import type { Config } from './config.ts';
import { type Alerts, startAlerts } from './alerts/start-alerts.ts';
import { lineOf, warnOnce } from './diag.ts';
import { IdleWatch } from './idle-watch.ts';
import { setupEntry } from './setup.ts';

const require = createOwnRequire(import.meta.url);

/** Loaded with the log, not with the hook: the log's code and SQLite are off the way of the first answer (hotpath.md 3). */
const openLogbook = (options: LogbookOptions): Logbook =>
  (require('@mcp-logbook/audit') as typeof import('@mcp-logbook/audit')).openLogbook(options);

/** Between two tries to open a logbook that could not be opened. */
const RETRY_MS = 30_000;

/** What opening needs of the configuration. */
export type LogbookConfig = Pick<
  Config,
  | 'mode'
  | 'dir'
  | 'keyFile'
  | 'passphraseFile'
  | 'keyCommand'
  | 'pseudonymKeyFile'
  | 'checkpointCopy'
  | 'retentionDays'
  | 'verifyEveryMs'
  | 'shippedDays'
  | 'ship'
  | 'alerts'
  | 'identity'
  | 'serviceName'
>;

/** The logbook as the recorder sees it. */
export class LazyLogbook implements AuditPort {
  readonly mode: Config['mode'];
  /** `serverInfo.name`, until the log is open. */
  serverName: () => string | undefined = () => undefined;
  /** Where the log's own figures go, once there is a telemetry back end. */
  telemetry: LogTelemetry | undefined;
  readonly #config: LogbookConfig;
  readonly #open: typeof openLogbook;
  readonly #program: string;
  readonly #setup: (() => RecordInput) | undefined;
  readonly #alerts: Alerts | undefined;
  #logbook: Logbook | undefined;
  #watch: IdleWatch | undefined;
  #retryAt = 0;
  #closed = false;
  #whenOpen: ((folder: string) => void) | undefined;

  /** @param setup makes the entry that comes first each time the log is opened (setup.ts) */
  constructor(
    config: LogbookConfig,
    open: typeof openLogbook = openLogbook,
    program: string = programName(),
    setup?: () => RecordInput,
  ) {
    this.#program = program;
    this.#setup = setup;
    this.mode = config.mode;
    this.#config = config;
    this.#open = open;
    const { alerts, identity } = config;
    this.#alerts = startAlerts(config.mode === 'off' ? undefined : alerts, {
      service: () => this.#service(),
      nameOf: (person) => (identity === 'none' ? undefined : this.#logbook?.pseudonym(person)),
    });
  }

  /** Origin of the log, once it is open. */
  get origin(): string | undefined {
    return this.#logbook?.origin;
  }

  /** Called with the log's folder once it is open, or now if it is. */
  whenOpen(callback: (folder: string) => void): void {
    this.#whenOpen = callback;
    if (this.#logbook !== undefined) callback(this.#logbook.folder);
  }

  append(entry: AuditEntry): boolean {
    const logbook = this.#opened();
    this.#alerts?.watch.entered(entry);
    this.#watch?.entered();
    if (logbook !== undefined) return logbook.append(entry);
    if (this.mode !== 'off') this.telemetry?.dropped('io');
    return false;
  }

  /** What servers offered last, beside the log. */
  readonly definitions: NonNullable<AuditPort['definitions']> = {
    read: () => this.#opened()?.definitions.read(),
    write: (text) => this.#opened()?.definitions.write(text),
  };

  /** An entry of the program's own. Its payload is redacted already. */
  record(input: RecordInput): string | undefined {
    const logbook = this.#opened();
    this.#alerts?.watch.entered(input);
    this.#watch?.entered();
    if (logbook !== undefined) return logbook.record(input);
    if (this.mode !== 'off') this.telemetry?.dropped('io');
    return undefined;
  }

  /** Fleet pseudonym; the empty text while there is no logbook to make it. */
  pseudonym(person: string): string {
    return this.#opened()?.pseudonym(person) ?? '';
  }

  /** Ends the log. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#watch?.close();
    try {
      this.#logbook?.close();
    } catch (error) {
      warnOnce('logbook:close', `logbook: ${lineOf(error)}`);
    }
    this.#alerts?.drainSync();
  }

  #service(): string {
    return this.#config.serviceName ?? this.serverName() ?? this.#program;
  }

  #opened(): Logbook | undefined {
    if (this.#logbook !== undefined) return this.#logbook;
    if (this.#closed || this.mode === 'off' || Date.now() < this.#retryAt) return undefined;
    const { dir, keyFile, passphraseFile, keyCommand, pseudonymKeyFile } = this.#config;
    const { checkpointCopy, retentionDays, ship } = this.#config;
    const shippedDays = ship === undefined ? undefined : this.#config.shippedDays;
    try {
      this.#logbook = this.#open({
        service: this.#service(),
        mode: this.mode,
        ...(dir !== undefined && { root: dir }),
        keyFile,
        passphraseFile,
        keyCommand,
        ...(pseudonymKeyFile !== undefined && { pseudonymKeyFile }),
        ...(checkpointCopy !== undefined && { checkpointCopy }),
        ...(retentionDays !== undefined && { retentionDays }),
        ...(shippedDays !== undefined && { shippedDays }),
        observer: {
          appended: (...args) => this.telemetry?.appended(...args),
          dropped: (...args) => this.telemetry?.dropped(...args),
          checkpoint: (...args) => this.telemetry?.checkpoint(...args),
          state: (...args) => this.telemetry?.state(...args),
          problem: (error) => {
            this.#alerts?.watch.problem(error);
            warnOnce(`logbook:${error.code}`, `logbook: ${lineOf(error)}`);
          },
        },
      });
      if (this.#setup !== undefined) this.#logbook.record(this.#setup());
      this.#whenOpen?.(this.#logbook.folder);
      this.#watch = this.#verified(this.#logbook);
    } catch (error) {
      this.#retryAt = Date.now() + RETRY_MS;
      this.#alerts?.watch.problem(error);
      // Node.js takes fsync away under its permission model: no folder would do.
      const line =
        'permission' in process
          ? 'Node.js has no fsync under --permission, which a log needs; calls are not entered: start the server by `mcp-logbook wrap -- node --permission ...`'
          : `${lineOf(error)}; calls are not entered until it works`;
      warnOnce('logbook:open', `logbook: ${line}`);
    }
    return this.#logbook;
  }

  /** Continuous verification in idle time (audit.md 7). */
  #verified({ folder, origin, vkey }: Logbook): IdleWatch | undefined {
    const { verifyEveryMs } = this.#config;
    if (verifyEveryMs === 0) return undefined;
    const begin = (): LogWatch => {
      const { LogWatch: Watch } =
        require('@mcp-logbook/audit') as typeof import('@mcp-logbook/audit');
      return new Watch(folder, vkey);
    };
    return new IdleWatch({ origin, begin }, verifyEveryMs, {
      verified: (...args) => this.telemetry?.verified(...args),
      failed: (problem) => {
        const text = `the log is not what was signed: ${problem.message}; see: mcp-logbook verify`;
        this.telemetry?.integrity(problem);
        this.#alerts?.watch.trouble('integrity', `verify ${problem.check}`, text);
        warnOnce(`verify:${problem.message}`, `logbook: ${text}`);
      },
      trouble: (message) =>
        warnOnce('verify:trouble', `logbook: cannot verify the log (${message}); it is written on`),
    });
  }
}

const SHARED = Symbol.for('mcp-logbook.logbook');

/** The process's logbook, made at the first ask; two copies of this package share it. */
export function sharedLogbook(configOf: () => Config, program?: string): LazyLogbook {
  const globals = globalThis as Record<symbol, unknown>;
  const known = globals[SHARED] as LazyLogbook | undefined;
  if (known !== undefined) return known;
  const config = configOf();
  const made = new LazyLogbook(config, openLogbook, program, () => setupEntry(config));
  globals[SHARED] = made;
  return made;
}

/** Base name of the script: the service of a program that names nothing. */
function programName(): string {
  const script = process.argv[1];
  return script === undefined ? 'node' : basename(script).replace(/\.[cm]?[jt]s$/, '');
}
