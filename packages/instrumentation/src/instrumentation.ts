/**
 * `McpInstrumentation`: for programs that set up their own OpenTelemetry SDK. It installs the same content hook as
 * `mcp-logbook/register` and gives the same recorder the `api` back end, so providers, samplers, propagators and
 * exporters are the program's own. Without `auditPort` it is tracing, events and metrics only.
 *
 * One hook serves a process: where `register` runs too, or a second instance is made, the later one stands down.
 */
import { InstrumentationBase, type InstrumentationConfig } from '@opentelemetry/instrumentation';
import { createRedactor, type RedactorOptions } from '@mcp-logbook/redaction';
import { createApiBackend } from './api-backend/index.ts';
import type { Side } from './exchange.ts';
import { installHook } from './hook/index.ts';
import type { AuditPort, OpenCall, RecorderPort } from './ports.ts';
import type { CaptureRule } from './recorder/capture.ts';
import { createRecorder } from './recorder/index.ts';
import { SCOPE_NAME, SCOPE_VERSION } from './telemetry/instruments.ts';

/** Options of `McpInstrumentation`, read at the first MCP connection. */
export interface McpInstrumentationConfig extends InstrumentationConfig {
  /** The logbook to enter calls in; absent = telemetry only. */
  readonly auditPort?: AuditPort;
  readonly redactor?: RedactorOptions;
  /** Which roles' calls are entered and have events; default `server`. Spans and metrics are made for both. */
  readonly sides?: Side | 'both';
  /** What the log keeps of each call; default `full`, redacted. */
  readonly capture?: readonly CaptureRule[];
  /** What spans and events carry of each call; default `none`. */
  readonly captureSpans?: readonly CaptureRule[];
  /** People in telemetry; default `pseudonym`, which needs `pseudonym`. */
  readonly identity?: 'pseudonym' | 'plain' | 'none';
  /** Pseudonym of `iss|sub`. */
  readonly pseudonym?: (person: string) => string;
  /** Whether the peer of this address is a proxy whose `X-Forwarded-For` is believed; default nobody. */
  readonly trustProxy?: (address: string) => boolean;
}

/** OpenTelemetry instrumentation of every MCP server and client in this process. */
export class McpInstrumentation extends InstrumentationBase<McpInstrumentationConfig> {
  constructor(config: McpInstrumentationConfig = {}) {
    super(SCOPE_NAME, SCOPE_VERSION, config);
  }

  /** No modules by name: the SDK is found by content, in whatever package or bundle it came. */
  protected override init(): [] {
    return [];
  }

  // `enable` runs inside the base constructor, before fields of this class exist: nothing here may need one.
  override enable(): void {
    super.enable();
    const installed = installHook({
      recorder: () => this.#recorder(),
      trustProxy: () => (address) => this.getConfig().trustProxy?.(address) === true,
    });
    if (!installed)
      this._diag.debug(
        'the hook is installed already, or this runtime has no module.registerHooks',
      );
  }

  #recorder(): RecorderPort {
    const config = this.getConfig();
    const recorder = createRecorder({
      backend: createApiBackend({
        tracer: () => this.tracer,
        logger: () => this.logger,
        meter: () => this.meter,
      }),
      redactor: createRedactor({
        onRuleProblem: ({ rule, reason }) =>
          this._diag.warn(`redaction rule left out: ${rule}: ${reason}`),
        ...config.redactor,
      }),
      ...(config.auditPort !== undefined && { audit: config.auditPort }),
      ...(config.sides !== undefined && { sides: config.sides }),
      ...(config.capture !== undefined && { capture: config.capture }),
      ...(config.captureSpans !== undefined && { captureSpans: config.captureSpans }),
      ...(config.identity !== undefined && { identity: config.identity }),
      ...(config.pseudonym !== undefined && { pseudonym: config.pseudonym }),
      warn: (line) => this._diag.warn(line),
    });
    return switched(recorder, () => this._enabled);
  }
}

/** A call that began while the instrumentation was disabled. */
const UNSEEN: OpenCall = { admitted: true };

/** A recorder that lets calls pass unseen while `on` says no; those under way end as usual. */
function switched(recorder: RecorderPort, on: () => boolean): RecorderPort {
  return {
    get strict() {
      return recorder.strict === true;
    },
    forget: (call) => call === UNSEEN || recorder.forget?.(call),
    begin: (exchange) => (on() ? recorder.begin(exchange) : UNSEEN),
    current: () => recorder.current(),
    run: (call, fn) => (call === UNSEEN ? fn() : recorder.run(call, fn)),
    inject: (call, meta) => (call === UNSEEN ? { ...meta } : recorder.inject(call, meta)),
    end: (call, outcome) => call === UNSEEN || recorder.end(call, outcome),
    session: (connection, state, errorType) => {
      if (on() || state === 'closed') recorder.session(connection, state, errorType);
    },
    access: (event) => {
      if (on()) recorder.access(event);
    },
    listed: (connection, item, list) => {
      if (on()) recorder.listed(connection, item, list);
    },
    endAll: (errorType) => recorder.endAll(errorType),
  };
}
