/**
 * One real collector with the shipped configuration files, on free loopback ports with its own folder and throw-away
 * tokens. What differs from a shipped profile is its documented variables and, where a test needs it, one more layer
 * of configuration given as YAML.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports.ts';
import { findProgram } from './programs.ts';
import { ROOT } from './stack/folder.ts';
import { Service } from './stack/service.ts';

/** Path of the collector's binary, undefined where it has not been built. */
export function collectorProgram(): string | undefined {
  return findProgram('otelcol');
}

/** Names of `otel-collector/profiles`. */
export type ProfileName =
  | 'default'
  | 'default-sampling'
  | 'hardened'
  | 'hardened-sampling'
  | 'hardened-audit'
  | 'agent'
  | 'filelogs';

/** What a test sets. */
export interface CollectorSettings {
  readonly profile?: ProfileName;
  /** Variables of otel-collector/README.md; a store that is not named is a port where nobody listens. */
  readonly env?: Readonly<Record<string, string>>;
  /** More layers, merged last, in this order. */
  readonly extra?: readonly string[];
  /** Folder of the queues; default inside the collector's own folder. */
  readonly storage?: string;
}

/** A running collector. `service` starts, stops and kills it by its process id. */
export interface Collector {
  readonly service: Service;
  readonly folder: string;
  readonly storage: string;
  readonly intakeToken: string;
  readonly sinkToken: string;
  /** Files with the tokens; a test may write others. */
  readonly intakeTokenFile: string;
  readonly sinkTokenFile: string;
  /** `http://127.0.0.1:port` without a path; gRPC without a scheme. */
  readonly otlp: string;
  readonly grpc: string;
  readonly audit: string;
  readonly auditSpans: string;
  readonly metrics: string;
  /** Everything it has printed since its first start. */
  log(): string;
}

const made = new Set<{ readonly service: Service; readonly folder: string }>();

/** Makes and starts a collector. @throws Error with the end of its log */
export async function startCollector(settings: CollectorSettings = {}): Promise<Collector> {
  const collector = await prepareCollector(settings);
  await collector.service.start();
  return collector;
}

/** As `startCollector`, without starting it. */
export async function prepareCollector(settings: CollectorSettings = {}): Promise<Collector> {
  const command = collectorProgram();
  if (command === undefined) throw new Error('no otelcol binary: npm run programs');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-logbook-collector-')));
  const storage = settings.storage ?? join(folder, 'storage');
  mkdirSync(storage, { recursive: true });
  const intakeToken = randomBytes(24).toString('base64url');
  const sinkToken = randomBytes(24).toString('base64url');
  const intakeTokenFile = join(folder, 'intake_token');
  const sinkTokenFile = join(folder, 'sink_token');
  writeFileSync(intakeTokenFile, intakeToken, { mode: 0o600 });
  writeFileSync(sinkTokenFile, sinkToken, { mode: 0o600 });
  const [grpc, otlp, audit, auditSpans, metrics, health] = await freePorts(6);
  const args = configArguments(settings.profile ?? 'default');
  for (const [index, layer] of (settings.extra ?? []).entries()) {
    const file = join(folder, `extra-${index}.yaml`);
    writeFileSync(file, layer);
    args.push('--config', file);
  }
  const dead = 'http://127.0.0.1:9';
  const service = new Service({
    name: `collector ${settings.profile ?? 'default'}`,
    command,
    args,
    env: {
      OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
      OTLP_HTTP_ENDPOINT: `127.0.0.1:${otlp}`,
      AUDIT_ENDPOINT: `127.0.0.1:${audit}`,
      AUDIT_SPANS_ENDPOINT: `127.0.0.1:${auditSpans}`,
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(metrics),
      HEALTH_ENDPOINT: `127.0.0.1:${health}`,
      LOKI_URL: dead,
      TEMPO_URL: dead,
      PROMETHEUS_URL: dead,
      SINK_URL: dead,
      GATEWAY_URL: dead,
      STORAGE_DIR: storage,
      INTAKE_TOKEN_FILE: intakeTokenFile,
      SINK_TOKEN_FILE: sinkTokenFile,
      GATEWAY_TOKEN_FILE: intakeTokenFile,
      TLS_DIR: folder,
      ...settings.env,
    },
    cwd: folder,
    logFile: join(folder, 'log'),
    readyUrl: `http://127.0.0.1:${health}/`,
  });
  made.add({ service, folder });
  return {
    service,
    folder,
    storage,
    intakeToken,
    sinkToken,
    intakeTokenFile,
    sinkTokenFile,
    otlp: `http://127.0.0.1:${otlp}`,
    grpc: `127.0.0.1:${grpc}`,
    audit: `http://127.0.0.1:${audit}`,
    auditSpans: `http://127.0.0.1:${auditSpans}`,
    metrics: `http://127.0.0.1:${metrics}`,
    log: () => service.lastLines(100_000),
  };
}

/** `--config` arguments of a profile, as its header says. */
function configArguments(profile: ProfileName): string[] {
  return [`profiles/${profile}.yaml`, 'redaction.yaml'].flatMap((file) => [
    '--config',
    join(ROOT, 'otel-collector', file),
  ]);
}

/** Stops every collector made so far and removes its folder; belongs in `afterAll`. */
export async function stopCollectors(): Promise<void> {
  for (const { service, folder } of made) {
    await service.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  made.clear();
}

/** Runs `otelcol validate`. @returns exit code and all it printed */
export async function validateProfile(
  profile: ProfileName,
  extra: readonly string[] = [],
): Promise<{ readonly code: number; readonly printed: string }> {
  const { service, folder } = await prepareCollector({ profile, extra });
  const { command, args, env } = service.spec;
  return await new Promise((resolve) => {
    execFile(command, ['validate', ...args], { env, cwd: folder }, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
        printed: stdout + stderr,
      });
    });
  });
}

/** Value of one own metric, summed over series that have all `labels`; 0 when there is none. */
export async function ownMetric(
  collector: Collector,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const text = await (await fetch(`${collector.metrics}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) =>
      Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)),
    )
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
