/**
 * Any part of the stack as real programs on loopback, with the shipped configuration files: sink, collector, Loki,
 * Tempo, Prometheus, Grafana. What is not on this machine is left out and named in `missing`; the caller decides.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../programs.ts';
import { grafanaSpec, lokiSpec, prometheusSpec, storeUrls, tempoSpec } from './backends.ts';
import { stackFolder, type StackFolder } from './folder.ts';
import { collectorSpec, intakeUrls, sinkRecipient, sinkSpec } from './intake.ts';
import { choosePorts, type Ports } from './ports.ts';
import { Service, type ServiceSpec } from './service.ts';

/** In the order of starting: what others write to comes first. */
export const PARTS = ['prometheus', 'loki', 'tempo', 'sink', 'collector', 'grafana'] as const;
export type Part = (typeof PARTS)[number];

/** A running stack. */
export interface Stack {
  readonly folder: StackFolder;
  readonly ports: Ports;
  /** Base URLs; those of parts that do not run answer nobody. */
  readonly urls: ReturnType<typeof storeUrls> & ReturnType<typeof intakeUrls>;
  /** What runs. */
  readonly parts: ReadonlySet<Part>;
  /** What was asked for and is not on this machine, in words. */
  readonly missing: readonly string[];
  /** @throws Error when that part does not run */
  service(part: Part): Service;
  /** What the sink asks for, to read its metrics and entries. */
  sinkToken(): string;
  /** Environment for a program under the flag: both endpoints and the token. */
  readonly senderEnv: Readonly<Record<string, string>>;
  /** Stops all, senders' side first. */
  stop(): Promise<void>;
}

/** See `startStack`. */
export interface StackOptions {
  /** State folder: data, logs, secrets. A later start with the same folder goes on with its data. */
  readonly folder: string;
  readonly parts: readonly Part[];
  /** The documented ports where they are free. */
  readonly normalPorts?: boolean;
  /** Where the collector sends audit records instead of straight to the sink. */
  readonly sinkUrl?: string;
  /** Folder of the collector's queues; default in the state folder. */
  readonly collectorStorage?: string;
  /** Told when a part is ready. */
  readonly onReady?: (part: Part, ms: number) => void;
}

/**
 * Starts the parts and waits until all are ready.
 * @throws Error with the end of its log when a part does not become ready; whatever ran is stopped
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = stackFolder(options.folder);
  const ports = await choosePorts(options.normalPorts ?? false);
  const wanted = PARTS.filter((part) => options.parts.includes(part));
  const found = wanted.map((part) => [part, locate(part)] as const);
  const running = new Set(found.filter(([, place]) => place !== undefined).map(([part]) => part));
  const specOf = (part: Part, place: string): ServiceSpec => {
    const spec = SPECS[part](place, folder, ports, running);
    if (part !== 'collector') return spec;
    const { sinkUrl, collectorStorage } = options;
    return {
      ...spec,
      env: {
        ...spec.env,
        ...(sinkUrl !== undefined && { SINK_URL: sinkUrl }),
        ...(collectorStorage !== undefined && { STORAGE_DIR: collectorStorage }),
      },
    };
  };
  const services = new Map(
    found.flatMap(([part, place]): [Part, Service][] =>
      place === undefined ? [] : [[part, new Service(specOf(part, place))]],
    ),
  );
  const stop = async (): Promise<void> => {
    // Senders first: what they still hold reaches those behind them.
    for (const group of [
      ['collector', 'grafana'],
      ['sink'],
      ['loki', 'tempo', 'prometheus'],
    ] as const)
      await Promise.all(group.map(async (part) => await services.get(part)?.stop()));
  };
  const started = performance.now();
  try {
    for (const service of services.values()) service.spawn();
    await Promise.all(
      [...services].map(async ([part, service]) => {
        await service.ready();
        options.onReady?.(part, performance.now() - started);
      }),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const intake = intakeUrls(ports);
  const recipient = running.has('sink') ? sinkRecipient(folder) : undefined;
  return {
    folder,
    ports,
    urls: { ...storeUrls(ports), ...intake },
    parts: running,
    missing: wanted.filter((part) => !running.has(part)).map((part) => MISSING[part]),
    service: (part) => {
      const service = services.get(part);
      if (service === undefined) throw new Error(`${part} is no part of this stack`);
      return service;
    },
    sinkToken: () => readFileSync(folder.secrets.sink_token, 'utf8'),
    senderEnv: {
      OTEL_EXPORTER_OTLP_ENDPOINT: intake.otlpHttp,
      MCP_LOGBOOK_AUDIT_ENDPOINT: intake.audit,
      MCP_LOGBOOK_AUDIT_TOKEN_FILE: folder.secrets.intake_token,
      ...(recipient !== undefined && { MCP_LOGBOOK_AUDIT_RECIPIENT: recipient }),
    },
    stop,
  };
}

const SPECS: Readonly<
  Record<
    Part,
    (place: string, folder: StackFolder, ports: Ports, running: ReadonlySet<string>) => ServiceSpec
  >
> = {
  prometheus: prometheusSpec,
  loki: lokiSpec,
  tempo: tempoSpec,
  sink: sinkSpec,
  collector: collectorSpec,
  grafana: grafanaSpec,
};

const MISSING: Readonly<Record<Part, string>> = {
  prometheus: 'no prometheus binary (npm run programs)',
  loki: 'no loki binary (npm run programs)',
  tempo: 'no tempo binary (TEMPO_BIN=...)',
  collector: 'no otelcol binary (npm run programs)',
  grafana: 'no grafana (GRAFANA_HOME=...)',
  sink: 'no sink (npm run build)',
};

/** What the command line of a part begins with, or undefined. */
function locate(part: Part): string | undefined {
  switch (part) {
    case 'sink':
      return process.execPath;
    case 'collector':
      return findProgram('otelcol');
    case 'grafana':
      return [process.env['GRAFANA_HOME'], '/usr/share/grafana'].find(
        (home) => home !== undefined && existsSync(join(home, 'bin', 'grafana')),
      );
    case 'prometheus':
    case 'loki':
    case 'tempo':
      return findProgram(part);
  }
}

/** What a test says when it skips because a part cannot be had; undefined when all can. */
export function missingParts(...parts: Part[]): string | undefined {
  const missing = parts.filter((part) => locate(part) === undefined).map((part) => MISSING[part]);
  return missing.length === 0 ? undefined : `skipped: ${missing.join(', ')}`;
}
