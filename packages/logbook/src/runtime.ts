/**
 * What the first `connect` starts: configuration, redactor, telemetry back end, recorder, and the logbook behind a port
 * that opens it off the way of the first answer. Also the end: at exit the open calls are ended, then the logbook is
 * closed, then telemetry is drained, in that order, since evidence matters most.
 *
 * Nothing here throws into the program: a logbook that cannot be opened is one line on stderr, counted drops, and in
 * `strict` a refusal of every call.
 */
import { openLogbook, type Logbook } from '@mcp-logbook/audit';
import type { AuditEntry, AuditPort, RecorderPort } from '@mcp-logbook/instrumentation/ports';
import { createLogTelemetry, createRecorder } from '@mcp-logbook/instrumentation/recorder';
import { createRedactor } from '@mcp-logbook/redaction';
import { basename } from 'node:path';
import { readConfig, trusts, type Config } from './config.ts';
import { lineOf, warnOnce } from './diag.ts';
import { startRows } from './rows/index.ts';

/** What `register` needs of it. */
export interface Runtime {
  readonly recorder: RecorderPort;
  trusts(address: string): boolean;
}

/** Between two tries to open a logbook that could not be opened. */
const RETRY_MS = 30_000;
/** Codes with which the default action of a signal ends a process. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Starts everything, once in a thread. */
export function startRuntime(): Runtime {
  const config = readConfig(process.env, warnOnce);
  const backend = startRows(config.rows, (line) => warnOnce(`telemetry:${line}`, line));
  const port = config.mode === 'off' ? undefined : new LazyLogbook(config, backend);
  const recorder = createRecorder({
    backend,
    redactor: createRedactor(),
    ...(port !== undefined && {
      audit: port,
      pseudonym: (person: string) => port.pseudonym(person),
    }),
    sides: config.sides,
    capture: config.capture,
    captureSpans: config.captureSpans,
    identity: config.identity,
    warn: (line) => warnOnce(`recorder:${line}`, line),
  });
  if (port !== undefined) {
    // The logbook is named after the server, which is known from the first connection on (audit.md 1).
    const begin = recorder.begin.bind(recorder);
    recorder.begin = (exchange) => {
      port.serverName ??= exchange.connection.serverName;
      return begin(exchange);
    };
  }
  const end = (): void => {
    recorder.endAll('process_exit');
    port?.close();
    backend.drainSync();
  };
  process.once('exit', end);
  for (const signal of SIGNALS) endOn(signal, end);
  return { recorder, trusts: (address) => trusts(config.trustProxy, address) };
}

/** A listener replaces a signal's default: end first, then die of it all the same, unless others listen too. */
function endOn(signal: (typeof SIGNALS)[number], end: () => void): void {
  const listener = (): void => {
    process.removeListener(signal, listener);
    if (process.listenerCount(signal) > 0) return; // theirs to decide; `exit` will come
    end();
    process.kill(process.pid, signal);
  };
  process.on(signal, listener);
}

/** The logbook as the recorder sees it: opened at the first entry, tried again at most every `RETRY_MS`. */
class LazyLogbook implements AuditPort {
  readonly mode: Config['mode'];
  /** `serverInfo.name`, until the log is open. */
  serverName: string | undefined;
  readonly #config: Config;
  readonly #telemetry: ReturnType<typeof createLogTelemetry>;
  #logbook: Logbook | undefined;
  #retryAt = 0;
  #closed = false;

  constructor(config: Config, backend: Parameters<typeof createLogTelemetry>[0]) {
    this.mode = config.mode;
    this.#config = config;
    this.#telemetry = createLogTelemetry(backend, () => this.#logbook?.origin);
  }

  append(entry: AuditEntry): boolean {
    const logbook = this.#open();
    if (logbook !== undefined) return logbook.append(entry);
    this.#telemetry.dropped('io');
    return false;
  }

  /** Fleet pseudonym; the empty text while there is no logbook to make it. */
  pseudonym(person: string): string {
    return this.#open()?.pseudonym(person) ?? '';
  }

  close(): void {
    this.#closed = true;
    this.#logbook?.close();
  }

  #open(): Logbook | undefined {
    if (this.#logbook !== undefined || this.#closed || Date.now() < this.#retryAt)
      return this.#logbook;
    const { mode, dir, keyFile, passphraseFile, pseudonymKeyFile, serviceName } = this.#config;
    if (mode === 'off') return undefined;
    try {
      this.#logbook = openLogbook({
        service: serviceName ?? this.serverName ?? programName(),
        mode,
        ...(dir !== undefined && { root: dir }),
        ...(keyFile !== undefined && { keyFile }),
        ...(passphraseFile !== undefined && { passphraseFile }),
        ...(pseudonymKeyFile !== undefined && { pseudonymKeyFile }),
        observer: {
          ...this.#telemetry,
          problem: (error) => warnOnce(`logbook:${error.code}`, `logbook: ${lineOf(error)}`),
        },
      });
    } catch (error) {
      this.#retryAt = Date.now() + RETRY_MS;
      warnOnce('logbook:open', `logbook: ${lineOf(error)}; calls are not entered until it works`);
    }
    return this.#logbook;
  }
}

function programName(): string {
  const script = process.argv[1];
  return script === undefined ? 'node' : basename(script).replace(/\.[cm]?[jt]s$/, '');
}
