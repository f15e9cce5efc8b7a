/**
 * Every setting, read once from the environment (and the file MCP_LOGBOOK_CONFIG names) into one frozen object.
 *
 * One function a type; a bad value is one warning that names the variable, what is wrong and the default kept. The
 * environment wins over the file. Only what must be known before the first connect (register) is read elsewhere. Names and defaults: design/surface
 * and the OpenTelemetry specification. Secrets are only ever named by files here, never held.
 */
import { readFileSync } from 'node:fs';
import { type AlertRules, DEFAULT_ALERT_RULES, parseAlertRules } from './alerts/rules.ts';
import {
  DEFAULT_ROWS_SETTINGS,
  type ExporterList,
  type OtlpProtocol,
  type RowsSettings,
  type SamplerName,
} from './rows/settings.ts';

/** How the audit path treats an entry (audit.md 3). */
export type Mode = 'off' | 'best-effort' | 'blocking' | 'strict';
/** How much of a call is kept. */
export type CaptureLevel = 'none' | 'metadata' | 'arguments' | 'full';
/** First glob that fits a tool's name decides. */
export type CaptureRules = readonly { readonly glob: string; readonly level: CaptureLevel }[];

/** What the file says of redaction, unchecked: `redaction.ts` reads it with the redactor, at the first value. */
export interface RedactionConfig {
  /** The file it stands in; paths are relative to it. */
  readonly file: string;
  readonly value: unknown;
}

/** All of it. */
export interface Config {
  /** Root folder of the logs; `undefined` = the platform's state folder. */
  readonly dir: string | undefined;
  readonly mode: Mode;
  readonly capture: CaptureRules;
  readonly captureSpans: CaptureRules;
  readonly sides: 'server' | 'client' | 'both';
  readonly identity: 'pseudonym' | 'plain' | 'none';
  readonly keyFile: string | undefined;
  readonly passphraseFile: string | undefined;
  /** Prints the root secret. */
  readonly keyCommand: string | undefined;
  readonly pseudonymKeyFile: string | undefined;
  /** File elsewhere that gets every published checkpoint: an anchor. */
  readonly checkpointCopy: string | undefined;
  /** Days that payloads are kept; `undefined` = for ever. */
  readonly retentionDays: number | undefined;
  /** Between two looks at the log's own signatures in idle time, milliseconds; 0 = none. */
  readonly verifyEveryMs: number;
  /** Days that entries stay after they were shipped; `undefined` = for ever. Counts where there is an audit port. */
  readonly shippedDays: number | undefined;
  /** Local alerts to a webhook; `undefined` = none. */
  readonly alerts: AlertConfig | undefined;
  /** `true` = every peer, a list = these addresses or CIDR ranges, `false` = nobody. */
  readonly trustProxy: boolean | readonly string[];
  /** `OTEL_SERVICE_NAME`, else `service.name` of OTEL_RESOURCE_ATTRIBUTES, else unknown here. */
  readonly serviceName: string | undefined;
  readonly sdkDisabled: boolean;
  /** Something only the full SDK can do was asked for: gRPC, OTEL_CONFIG_FILE, another exporter. */
  readonly fullSdk: string | undefined;
  readonly rows: RowsSettings;
  /** Where the logs are shipped; `undefined` = nowhere. */
  readonly ship: ShipConfig | undefined;
  /** Only in the file. */
  readonly redaction: RedactionConfig | undefined;
}

/** Where local alerts go, and which. */
export interface AlertConfig {
  /** `http:` or `https:`, or `file:` of a file that holds such an address. */
  readonly url: string;
  readonly rules: AlertRules;
}

/** The audit port and how it is reached; secrets are files. */
export interface ShipConfig {
  /** OTLP/HTTP base URL. */
  readonly endpoint: string;
  readonly tokenFile: string | undefined;
  /** The sink's public sealing key, or a file with it. */
  readonly recipient: string | undefined;
  readonly certificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly clientCertificate: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;
/** Told of each bad value. */
export type Warn = (kind: string, message: string) => void;

const MODES = ['off', 'best-effort', 'blocking', 'strict'] as const;
const LEVELS = ['none', 'metadata', 'arguments', 'full'] as const;
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const satisfies readonly SamplerName[];
const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;
const SIGNALS = ['traces', 'logs', 'metrics'] as const;
/** Days of the retention presets: 6 years, a year, a year, 90 days (audit.md 6). */
const PRESET_DAYS: ReadonlyMap<string, number> = new Map([
  ['hipaa', 2192],
  ['soc2', 366],
  ['pci', 366],
  ['gdpr-minimal', 90],
]);
/** A collector's acceptance is no proof of storage: time enough to notice a gap and fill it from here. */
const SHIPPED_DAYS = 14;
/** A settings file is read whole: bound it first. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Reads the configuration. Never throws. */
export function readConfig(env: Env, warn: Warn): Config {
  const read = new Reader(env, fileOf(env, warn), warn);
  const serviceName = read.text('OTEL_SERVICE_NAME') ?? resourceName(env.OTEL_RESOURCE_ATTRIBUTES);
  const sdkDisabled = read.flag('OTEL_SDK_DISABLED', false);
  const exporters = {
    traces: read.exporters('traces'),
    logs: read.exporters('logs'),
    metrics: read.exporters('metrics'),
  };
  const protocols = {
    traces: read.protocol('traces'),
    logs: read.protocol('logs'),
    metrics: read.protocol('metrics'),
  };
  const foreign =
    SIGNALS.flatMap((signal) => exporters[signal].foreign).at(0) ??
    (SIGNALS.some((signal) => protocols[signal] === 'grpc') ? 'grpc' : undefined);
  const configFile = read.text('OTEL_CONFIG_FILE');
  const fullSdk = sdkDisabled
    ? undefined
    : (configFile ?? (foreign === undefined ? undefined : `exporter "${foreign}"`));
  const listOf = (signal: (typeof SIGNALS)[number]): ExporterList =>
    sdkDisabled ? [] : exporters[signal].known;
  const protocolOf = (signal: (typeof SIGNALS)[number]): OtlpProtocol =>
    protocols[signal] === 'http/protobuf' ? 'http/protobuf' : 'http/json';
  const defaults = DEFAULT_ROWS_SETTINGS;
  const logLevel = read.choice('OTEL_LOG_LEVEL', LOG_LEVELS, undefined);
  const propagators = (read.text('OTEL_PROPAGATORS') ?? 'tracecontext,baggage')
    .split(',')
    .map((name) => name.trim());
  const rows: RowsSettings = {
    ...defaults,
    serviceName: serviceName ?? defaults.serviceName,
    exporters: { traces: listOf('traces'), logs: listOf('logs'), metrics: listOf('metrics') },
    protocols: {
      traces: protocolOf('traces'),
      logs: protocolOf('logs'),
      metrics: protocolOf('metrics'),
    },
    sampler: read.choice('OTEL_TRACES_SAMPLER', SAMPLERS, defaults.sampler),
    samplerRatio: read.number('OTEL_TRACES_SAMPLER_ARG', defaults.samplerRatio, 0, 1),
    propagators: {
      traceContext: propagators.includes('tracecontext'),
      baggage: propagators.includes('baggage'),
    },
    spans: read.batch('OTEL_BSP', defaults.spans),
    logRecords: read.batch('OTEL_BLRP', defaults.logRecords),
    metricIntervalMs: read.number(
      'OTEL_METRIC_EXPORT_INTERVAL',
      defaults.metricIntervalMs,
      10,
      86_400_000,
    ),
    metricTimeoutMs: read.number(
      'OTEL_METRIC_EXPORT_TIMEOUT',
      defaults.metricTimeoutMs,
      10,
      86_400_000,
    ),
    ...(logLevel !== undefined && { logLevel }),
  };
  return Object.freeze({
    dir: read.text('MCP_LOGBOOK_DIR'),
    mode: read.choice('MCP_LOGBOOK_MODE', MODES, 'blocking'),
    capture: read.capture('MCP_LOGBOOK_CAPTURE', 'full'),
    captureSpans: read.capture('MCP_LOGBOOK_CAPTURE_SPANS', 'none'),
    sides: read.choice('MCP_LOGBOOK_SIDES', ['server', 'client', 'both'] as const, 'server'),
    identity: read.choice(
      'MCP_LOGBOOK_IDENTITY',
      ['pseudonym', 'plain', 'none'] as const,
      'pseudonym',
    ),
    keyFile: read.text('MCP_LOGBOOK_KEY_FILE'),
    passphraseFile: read.text('MCP_LOGBOOK_PASSPHRASE_FILE'),
    keyCommand: read.text('MCP_LOGBOOK_KEY_COMMAND'),
    pseudonymKeyFile: read.text('MCP_LOGBOOK_PSEUDONYM_KEY_FILE'),
    checkpointCopy: read.text('MCP_LOGBOOK_CHECKPOINT_COPY'),
    retentionDays: read.retention(),
    verifyEveryMs: 1000 * read.number('MCP_LOGBOOK_VERIFY_EVERY', 20, 0, 86_400),
    shippedDays: read.shippedDays(),
    alerts: read.alerts(),
    trustProxy: read.proxies('MCP_LOGBOOK_TRUST_PROXY'),
    serviceName,
    sdkDisabled,
    fullSdk,
    rows: Object.freeze(rows),
    ship: read.ship(),
    redaction: read.redaction(),
  });
}

class Reader {
  readonly #env: Env;
  readonly #file: ReadonlyMap<string, unknown>;
  readonly #warn: Warn;

  constructor(env: Env, file: ReadonlyMap<string, unknown>, warn: Warn) {
    this.#env = env;
    this.#file = file;
    this.#warn = warn;
  }

  /** Not empty: the specification says that an empty variable counts as unset. */
  text(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    if (value !== undefined && value !== '') return value;
    const inFile = this.#file.get(name);
    if (inFile === undefined) return undefined;
    if (typeof inFile === 'string' || typeof inFile === 'number' || typeof inFile === 'boolean')
      return String(inFile);
    this.#bad(name, 'is neither text, number nor boolean in the configuration file', 'ignored');
    return undefined;
  }

  choice<const T extends string, D extends T | undefined>(
    name: string,
    values: readonly T[],
    fallback: D,
  ): T | D {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = values.find((candidate) => candidate === text.toLowerCase());
    if (value !== undefined) return value;
    this.#bad(name, `is not one of ${values.join(', ')}`, fallback ?? 'none');
    return fallback;
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return fallback;
    if (text === 'true' || text === 'false') return text === 'true';
    this.#bad(name, 'is neither true nor false', String(fallback));
    return fallback;
  }

  number(name: string, fallback: number, least: number, most: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    this.#bad(name, `is not a number from ${least} to ${most}`, String(fallback));
    return fallback;
  }

  batch(prefix: 'OTEL_BSP' | 'OTEL_BLRP', fallback: RowsSettings['spans']): RowsSettings['spans'] {
    const queueSize = Math.floor(
      this.number(`${prefix}_MAX_QUEUE_SIZE`, fallback.queueSize, 1, 1_000_000),
    );
    return {
      delayMs: this.number(`${prefix}_SCHEDULE_DELAY`, fallback.delayMs, 0, 3_600_000),
      queueSize,
      batchSize: Math.min(
        queueSize,
        Math.floor(
          this.number(`${prefix}_MAX_EXPORT_BATCH_SIZE`, fallback.batchSize, 1, 1_000_000),
        ),
      ),
    };
  }

  /**
   * Exporters of one signal. The endpoint counts in the environment only, since there the official exporters read it.
   * Unset means OTLP where an endpoint is set and nothing where none is: no endpoint, no
   * network (design/surface).
   */
  exporters(signal: (typeof SIGNALS)[number]): {
    readonly known: ExporterList;
    readonly foreign: readonly string[];
  } {
    const upper = signal.toUpperCase();
    const hasEndpoint =
      isSet(this.#env['OTEL_EXPORTER_OTLP_ENDPOINT']) ||
      isSet(this.#env[`OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`]);
    const names = (this.text(`OTEL_${upper}_EXPORTER`) ?? 'otlp')
      .split(',')
      .map((name) => name.trim().toLowerCase());
    const known = names.filter((name) => name === 'console' || (name === 'otlp' && hasEndpoint));
    return {
      known: known as ExporterList,
      foreign: names.filter((name) => !['otlp', 'console', 'none', ''].includes(name)),
    };
  }

  protocol(signal: (typeof SIGNALS)[number]): OtlpProtocol | 'grpc' {
    const values = ['http/json', 'http/protobuf', 'grpc'] as const;
    const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`;
    return (
      this.choice(own, values, undefined) ??
      this.choice('OTEL_EXPORTER_OTLP_PROTOCOL', values, 'http/json')
    );
  }

  /** A preset or a number of days. */
  retention(): number | undefined {
    const name = 'MCP_LOGBOOK_RETENTION';
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    const days = PRESET_DAYS.get(text) ?? Number(/^([1-9]\d{0,4})d$/.exec(text)?.[1]);
    if (days > 0) return days;
    this.#bad(
      name,
      `is not one of ${[...PRESET_DAYS.keys()].join(', ')} nor days as 400d`,
      'for ever',
    );
    return undefined;
  }

  /** Days, or `never`. */
  shippedDays(): number | undefined {
    const name = 'MCP_LOGBOOK_SHIPPED_DAYS';
    const text = this.text(name)?.toLowerCase();
    if (text === 'never') return undefined;
    if (text === undefined || /^[1-9]\d{0,4}$/.test(text)) return Number(text ?? SHIPPED_DAYS);
    this.#bad(name, 'is not a number of days of at least 1, nor never', `${SHIPPED_DAYS}`);
    return SHIPPED_DAYS;
  }

  redaction(): RedactionConfig | undefined {
    const value = this.#file.get('redaction');
    const file = this.#env['MCP_LOGBOOK_CONFIG']?.trim();
    return value === undefined || file === undefined ? undefined : { file, value };
  }

  /** A level, or `glob=level,glob=level`; in the file also a list of `{ glob, level }`. */
  capture(name: string, fallback: CaptureLevel): CaptureRules {
    const keep = [{ glob: '*', level: fallback }];
    const list = isSet(this.#env[name]) ? undefined : this.#file.get(name);
    if (Array.isArray(list)) {
      if (list.every(isCaptureRule)) return list.map(({ glob, level }) => ({ glob, level }));
      this.#bad(name, `is not a list of { glob, level } with ${LEVELS.join(', ')}`, fallback);
      return keep;
    }
    const text = this.text(name);
    if (text === undefined) return keep;
    const rules: { glob: string; level: CaptureLevel }[] = [];
    for (const part of text.split(',')) {
      const split = part.lastIndexOf('=');
      const level = LEVELS.find(
        (candidate) =>
          candidate ===
          part
            .slice(split + 1)
            .trim()
            .toLowerCase(),
      );
      if (level === undefined) {
        this.#bad(name, `is not one of ${LEVELS.join(', ')} nor a list of glob=level`, fallback);
        return keep;
      }
      rules.push({ glob: split < 0 ? '*' : part.slice(0, split).trim(), level });
    }
    return rules;
  }

  proxies(name: string): Config['trustProxy'] {
    const text = this.text(name);
    if (text === undefined || text.toLowerCase() === 'false') return false;
    if (text.toLowerCase() === 'true') return true;
    const ranges = text.split(',').map((range) => range.trim());
    if (ranges.every((range) => /^[\da-f.:]+(\/\d{1,3})?$/i.test(range))) return ranges;
    this.#bad(name, 'is neither true, false nor a list of addresses and CIDR ranges', 'false');
    return false;
  }

  /** Its URL is named in no message: it may be a secret. */
  alerts(): AlertConfig | undefined {
    const url = this.text('MCP_LOGBOOK_ALERT_URL');
    const text = this.text('MCP_LOGBOOK_ALERT_RULES') ?? DEFAULT_ALERT_RULES;
    const rules = parseAlertRules(text);
    if (rules === undefined)
      this.#bad(
        'MCP_LOGBOOK_ALERT_RULES',
        'is not a list of failures=N/WINDOW, refusals=N/WINDOW, integrity, disk',
        DEFAULT_ALERT_RULES,
      );
    if (url === undefined) return undefined;
    if (!/^(https?|file):$/.test(URL.parse(url)?.protocol ?? '')) {
      this.#bad('MCP_LOGBOOK_ALERT_URL', 'is not an http, https or file URL', 'none');
      return undefined;
    }
    const kept = rules ?? parseAlertRules(DEFAULT_ALERT_RULES);
    return kept === undefined ? undefined : Object.freeze({ url, rules: kept });
  }

  /** The audit port. Its URL is named in full nowhere: it may hold credentials. */
  ship(): ShipConfig | undefined {
    const endpoint = this.text('MCP_LOGBOOK_AUDIT_ENDPOINT');
    if (endpoint === undefined) return undefined;
    if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
      this.#bad('MCP_LOGBOOK_AUDIT_ENDPOINT', 'is not an http or https URL', 'none');
      return undefined;
    }
    return Object.freeze({
      endpoint,
      tokenFile: this.text('MCP_LOGBOOK_AUDIT_TOKEN_FILE'),
      recipient: this.text('MCP_LOGBOOK_AUDIT_RECIPIENT'),
      certificate: this.text('MCP_LOGBOOK_AUDIT_CERTIFICATE'),
      clientKey: this.text('MCP_LOGBOOK_AUDIT_CLIENT_KEY'),
      clientCertificate: this.text('MCP_LOGBOOK_AUDIT_CLIENT_CERTIFICATE'),
    });
  }

  #bad(name: string, problem: string, kept: string): void {
    this.#warn(`config:${name}`, `${name} ${problem}; keeping ${kept}`);
  }
}

/** The settings file: an object of the variables' own names. */
function fileOf(env: Env, warn: Warn): ReadonlyMap<string, unknown> {
  const path = env.MCP_LOGBOOK_CONFIG?.trim();
  if (path === undefined || path === '') return new Map();
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('not a JSON object');
    return new Map(Object.entries(value));
  } catch (error) {
    // A JSON parser's message quotes the text it failed on: only system errors are passed on.
    const why =
      error instanceof SyntaxError
        ? 'not valid JSON'
        : error instanceof Error
          ? error.message
          : 'unreadable';
    warn(
      'config:MCP_LOGBOOK_CONFIG',
      `MCP_LOGBOOK_CONFIG names a file that cannot be used (${why}); keeping the defaults`,
    );
    return new Map();
  }
}

function isCaptureRule(item: unknown): item is CaptureRules[number] {
  if (typeof item !== 'object' || item === null) return false;
  const { glob, level } = item as { glob?: unknown; level?: unknown };
  return typeof glob === 'string' && glob !== '' && LEVELS.some((known) => known === level);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

function resourceName(attributes: string | undefined): string | undefined {
  const pair = attributes?.split(',').find((item) => item.trim().startsWith('service.name='));
  const name = pair?.slice(pair.indexOf('=') + 1).trim();
  if (name === undefined || name === '') return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
