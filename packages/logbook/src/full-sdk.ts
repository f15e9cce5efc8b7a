/**
 * Starts `@opentelemetry/sdk-node` (an optional peer) for what the rows back end does not do: gRPC, OTEL_CONFIG_FILE,
 * other exporters.
 *
 * stdout is the MCP wire (I9) and `startNodeSdk` endangers it twice: it installs a console logger over whatever logger
 * was there, and `console` exporters print to stdout. So `setLogger` of its copy of the API is closed after ours is in
 * place, and `console` is taken out of what the SDK reads; a configuration file that names it is refused.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { warnOnce } from './diag.ts';

/** What must end. */
export interface FullSdk {
  shutdown(): Promise<void>;
}

type Env = Record<string, string | undefined>;
type Load = (name: string) => unknown;

const EXPORTERS = ['OTEL_TRACES_EXPORTER', 'OTEL_LOGS_EXPORTER', 'OTEL_METRICS_EXPORTER'] as const;

/**
 * Starts it.
 * @param asked what needs it, for messages
 * @returns `undefined` when it cannot be had; one line has said why
 */
export function startFullSdk(
  asked: string,
  env: Env,
  warn: (kind: string, message: string) => void,
  load: Load = loadBeside(),
): FullSdk | undefined {
  try {
    if (namesConsole(env['OTEL_CONFIG_FILE'])) {
      warn(
        'sdk:console',
        'OTEL_CONFIG_FILE names a console exporter, which would write on stdout, the MCP wire; no telemetry is sent',
      );
      return undefined;
    }
    let sdk: { startNodeSdk(options?: object): FullSdk };
    let api: { diag: Diag };
    try {
      sdk = load('@opentelemetry/sdk-node') as typeof sdk;
      api = load('@opentelemetry/api') as typeof api;
    } catch {
      warn(
        'sdk:missing',
        `${asked} needs a package that is not installed: npm install @opentelemetry/sdk-node; the default exporters are used`,
      );
      return undefined;
    }
    quiet(api.diag, env);
    return withoutConsole(env, warn, () => sdk.startNodeSdk());
  } catch {
    warn('sdk:start', `@opentelemetry/sdk-node could not be started for ${asked}`);
    return undefined;
  }
}

interface Diag {
  setLogger: (...args: unknown[]) => boolean;
}

const LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;
/** Of `DiagLogLevel`: NONE 0, ERROR 30, ... ALL 9999. */
const NUMBERS = { none: 0, error: 30, warn: 50, info: 60, debug: 70, verbose: 80, all: 9999 };

/** Diagnostics only where OTEL_LOG_LEVEL asks for them, on stderr, once a text; then nobody sets another logger. */
function quiet(diag: Diag, env: Env): void {
  const level = LEVELS.find((name) => name === env['OTEL_LOG_LEVEL']?.toLowerCase()) ?? 'none';
  const write = (message: unknown): void => {
    const text = typeof message === 'string' ? message.slice(0, 500) : 'diagnostic';
    warnOnce(`otel:${text}`, `opentelemetry: ${text}`);
  };
  diag.setLogger(
    { error: write, warn: write, info: write, debug: write, verbose: write },
    { logLevel: NUMBERS[level], suppressOverrideMessage: true },
  );
  diag.setLogger = () => true;
}

/** Runs `start` with `console` gone from the exporter variables; they are as before afterwards. */
function withoutConsole<T>(
  env: Env,
  warn: (kind: string, message: string) => void,
  start: () => T,
): T {
  const before = EXPORTERS.map((name) => [name, env[name]] as const);
  try {
    for (const [name, value] of before) {
      const names = value?.split(',').map((part) => part.trim()) ?? [];
      if (!names.includes('console')) continue;
      env[name] = names.filter((part) => part !== 'console').join(',') || 'none';
      warn(`sdk:${name}`, `${name}: console is left out, since stdout is the MCP wire`);
    }
    return start();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  }
}

/** A file that cannot be read is the SDK's to complain about. */
function namesConsole(path: string | undefined): boolean {
  if (path === undefined || path.trim() === '') return false;
  try {
    return /(^|[\s{,-])["']?console["']?\s*:/m.test(readFileSync(path.trim(), 'utf8'));
  } catch {
    return false;
  }
}

/** The SDK from here, and the API as the SDK resolves it: the very copy whose logger it would set. */
function loadBeside(): Load {
  const here = createRequire(import.meta.url);
  return (name) =>
    name === '@opentelemetry/sdk-node'
      ? here(name)
      : createRequire(here.resolve('@opentelemetry/sdk-node'))(name);
}
