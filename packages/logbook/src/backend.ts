/**
 * Which telemetry back end this process gets, decided once at the first connect (hotpath.md 1):
 *
 *   the program has its own OpenTelemetry SDK        -> the public API (`api`)
 *   gRPC, OTEL_CONFIG_FILE or another exporter asked -> @opentelemetry/sdk-node, then the public API
 *   else                                             -> rows to the export worker (`rows`)
 */
import { createOwnRequire } from '@mcp-logbook/instrumentation/hook';
import type { TelemetryBackend } from '@mcp-logbook/instrumentation/telemetry';
import type { Config } from './config.ts';
import { warnOnce } from './diag.ts';
import { startFullSdk } from './full-sdk.ts';
import { startRows } from './rows/index.ts';
import type { ShipSettings } from './rows/settings.ts';

const require = createOwnRequire(import.meta.url);

/** A back end and its end. */
export interface ChosenBackend {
  readonly backend: TelemetryBackend;
  /** Has a log of this process shipped, where an audit endpoint is set. */
  readonly ship: (folder: string) => void;
  /** Delivers at once what can be. */
  readonly drainSync: () => void;
  /** Only where the end needs the event loop: an SDK's own, and ours where there is no worker. */
  readonly drain?: () => Promise<void>;
}

/** Chooses and starts. Never throws. */
export function chooseBackend(config: Config): ChosenBackend {
  // OTEL_SDK_DISABLED stops telemetry of ours whoever owns the SDK (semconv 6.4).
  if (!config.sdkDisabled) {
    if (hasOwnSdk(globalThis)) return withShipping(apiBackend(), config);
    if (config.fullSdk !== undefined) {
      const sdk = startFullSdk(config.fullSdk, process.env, warnOnce);
      if (sdk !== undefined)
        return { ...withShipping(apiBackend(), config), drain: () => sdk.shutdown() };
    }
  }
  const settings = shipSettings(config);
  const backend = startRows(config.rows, warn, settings && { settings });
  return {
    backend,
    ship: (folder) => backend.ship(folder),
    drainSync: () => backend.drainSync(),
    ...(backend.drain !== undefined && { drain: backend.drain }),
  };
}

/** Where telemetry is not ours the worker only ships: started with the first log, and only if there is an endpoint. */
function withShipping(backend: TelemetryBackend, config: Config): ChosenBackend {
  const settings = shipSettings(config);
  if (settings === undefined) return { backend, ship: () => {}, drainSync: () => {} };
  const exporters = { traces: [], logs: [], metrics: [] };
  const measure: TelemetryBackend['measure'] = (...point) => backend.measure(...point);
  const worker = startRows({ ...config.rows, exporters }, warn, { settings, measure });
  return {
    backend,
    ship: (folder) => worker.ship(folder),
    drainSync: () => worker.drainSync(),
  };
}

function shipSettings(config: Config): ShipSettings | undefined {
  const { ship, keyFile, passphraseFile, keyCommand, pseudonymKeyFile, identity } = config;
  if (ship === undefined) return undefined;
  const access = { keyFile, passphraseFile, keyCommand, pseudonymKeyFile };
  return { ...ship, ...access, pseudonyms: identity !== 'none' };
}

function warn(line: string): void {
  warnOnce(`telemetry:${line}`, line);
}

/**
 * Whether an SDK has registered a tracer provider. One registered by an API older than 1.10 cannot be used by ours
 * (an API accepts only a global of its own minor version or a later one), so it counts as none.
 */
export function hasOwnSdk(globals: object): boolean {
  const api = (globals as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')];
  if (typeof api !== 'object' || api === null) return false;
  const { trace, version } = api as { trace?: unknown; version?: unknown };
  if (trace === undefined || typeof version !== 'string') return false;
  return Number(version.split('.')[1]) >= 10;
}

function apiBackend(): TelemetryBackend {
  const { createApiBackend } =
    require('@mcp-logbook/instrumentation/api-backend') as typeof import('@mcp-logbook/instrumentation/api-backend');
  return createApiBackend();
}
