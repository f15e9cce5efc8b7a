/**
 * What the first `connect` starts: configuration, redactor, telemetry back end, recorder, and the logbook behind a port
 * that opens it at the first entry. Also the end: at exit the open calls are ended, then the logbook is closed, then
 * telemetry is drained, in that order, since evidence matters most.
 *
 * Nothing here throws into the program: a part that cannot start is one line on stderr.
 */
import type { RecorderPort } from '@mcp-logbook/instrumentation/ports';
import { createLogTelemetry, createRecorder } from '@mcp-logbook/instrumentation/recorder';
import type { Redactor } from '@mcp-logbook/redaction';
import { createRequire } from 'node:module';
import { chooseBackend } from './backend.ts';
import { type Config, readConfig, trusts } from './config.ts';
import { warnOnce } from './diag.ts';
import { sharedLogbook } from './lazy-logbook.ts';
import { onEnd } from './shutdown.ts';

const require = createRequire(import.meta.url);

/** What `register` needs of it. */
export interface Runtime {
  readonly recorder: RecorderPort;
  trusts(address: string): boolean;
}

/** Starts everything, once in a thread. */
export function startRuntime(): Runtime {
  const config = readConfig(process.env, warnOnce);
  const { backend, ship, drainSync, drain } = chooseBackend(config);
  const port = config.mode === 'off' ? undefined : sharedLogbook(() => config);
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
    // The logbook is named after the server, which is known from the first connection on (audit.md 1).
    const begin = recorder.begin.bind(recorder);
    recorder.begin = (exchange) => {
      port.serverName ??= exchange.connection.serverName;
      return begin(exchange);
    };
  }
  onEnd({
    now: () => {
      recorder.endAll('process_exit');
      port?.close();
      drainSync();
    },
    ...(drain !== undefined && {
      // The SDK's end needs the event loop: what is open must end before it, not at `exit`.
      drain: () => {
        recorder.endAll('process_exit');
        return drain();
      },
    }),
  });
  return { recorder, trusts: (address) => trusts(config.trustProxy, address) };
}

/** The redactor, whose code and tables (30 ms) are loaded with the first value, off the way of the first answer. */
function redactorAtFirstUse({ redaction }: Config): Redactor {
  let made: Redactor | undefined;
  const redactor = (): Redactor =>
    (made ??= (require('./redaction.js') as typeof import('./redaction.ts')).redactorOf(
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
