/**
 * What the first `connect` starts: configuration, redactor, telemetry back end, recorder, and the logbook behind a port
 * that opens it at the first entry. Also the end: at exit the open calls are ended, then the logbook is closed, then
 * telemetry is drained, in that order, since evidence matters most.
 *
 * Nothing here throws into the program: a part that cannot start is one line on stderr.
 */
import { createOwnRequire } from '@mcp-logbook/instrumentation/hook';
import type { Connection, RecorderPort } from '@mcp-logbook/instrumentation/ports';
import { createLogTelemetry, createRecorder } from '@mcp-logbook/instrumentation/recorder';
import {
  ATTR_MCP_LOGBOOK_REASON,
  ATTR_MCP_LOGBOOK_SIGNAL,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
} from '@mcp-logbook/semconv/names';
import type { Redactor } from '@mcp-logbook/redaction';
import { chooseBackend } from './backend.ts';
import { type Config, readConfig } from './config.ts';
import { warnOnce } from './diag.ts';
import { sharedLogbook } from './lazy-logbook.ts';
import { onEnd } from './shutdown.ts';
import { endWithMainThread } from './threads.ts';
import { trusts } from './trusted-proxies.ts';

const require = createOwnRequire(import.meta.url);

/** What `register` and `wrap` need of it. */
export interface Runtime {
  readonly recorder: RecorderPort;
  readonly mode: Config['mode'];
  trusts(address: string): boolean;
  /** Counts a message that passed unread, by its reason: `too_long`, `compressed`. */
  unread(reason: string): void;
  /** Ends everything, as the end of the process would. */
  end(): Promise<void>;
}

/**
 * Starts everything, once in a thread.
 * @param program what telemetry and the log are named after until the server says its name; default: the script
 */
export function startRuntime(program?: string): Runtime {
  const config = named(readConfig(process.env, warnOnce), program);
  const { backend, ship, drainSync, drain } = chooseBackend(config);
  const port = config.mode === 'off' ? undefined : sharedLogbook(() => config, program);
  if (port !== undefined) {
    port.telemetry = createLogTelemetry(backend, () => port.origin);
    port.whenOpen(ship);
  }
  const recorder = createRecorder({
    backend,
    redactor: redactorAtFirstUse(config),
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
    // The logbook is named after the server, which says its name before it is asked for anything else (audit.md 1).
    let first: Connection | undefined;
    port.serverName = () => first?.serverName;
    const begin = recorder.begin.bind(recorder);
    recorder.begin = (exchange) => {
      first ??= exchange.connection;
      return begin(exchange);
    };
  }
  const end = onEnd({
    now: endWithMainThread(() => {
      recorder.endAll('process_exit');
      port?.close();
      drainSync();
    }),
    ...(drain !== undefined && {
      // The SDK's end needs the event loop: what is open must end before it, not at `exit`.
      drain: () => {
        recorder.endAll('process_exit');
        return drain();
      },
    }),
  });
  return {
    recorder,
    mode: config.mode,
    trusts: (address) => trusts(config.trustProxy, address),
    unread: (reason) =>
      backend.measure(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, 1, {
        [ATTR_MCP_LOGBOOK_SIGNAL]: 'record',
        [ATTR_MCP_LOGBOOK_REASON]: reason,
      }),
    end,
  };
}

/** What OpenTelemetry calls a service without a name: after its program. */
function named(config: Config, program: string | undefined): Config {
  if (program === undefined || config.serviceName !== undefined) return config;
  return { ...config, rows: { ...config.rows, serviceName: `unknown_service:${program}` } };
}

/** The redactor, whose code and tables (30 ms) are loaded with the first value, off the way of the first answer. */
function redactorAtFirstUse({ redaction }: Config): Redactor {
  let made: Redactor | undefined;
  const redactor = (): Redactor =>
    (made ??= (require('#redaction') as typeof import('./redaction.ts')).redactorOf(
      redaction,
      warnOnce,
    ));
  return {
    get rules() {
      return redactor().rules;
    },
    redact: (value, context) => redactor().redact(value, context),
    redactText: (text, context) => redactor().redactText(text, context),
    redactToJson: (value, context) => redactor().redactToJson(value, context),
  };
}
