/**
 * Command lines of the two programs that take records in: the collector with a shipped profile, and the sink.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { storeUrls } from './backends.ts';
import { ROOT, type StackFolder } from './folder.ts';
import type { Ports } from './ports.ts';
import type { ServiceSpec } from './service.ts';

const HOST = '127.0.0.1';
const COMMAND = join(ROOT, 'packages/logbook/bin/mcp-logbook.js');

/** Base URLs of the intake ports. */
export const intakeUrls = (ports: Ports) => ({
  otlpHttp: `http://${HOST}:${ports.otlpHttp}`,
  otlpGrpc: `${HOST}:${ports.otlpGrpc}`,
  audit: `http://${HOST}:${ports.audit}`,
  auditSpans: `http://${HOST}:${ports.auditSpans}`,
  sink: `http://${HOST}:${ports.sink}`,
  collectorMetrics: `http://${HOST}:${ports.collectorMetrics}/metrics`,
});

/** The collector with the profile `default`. */
export function collectorSpec(command: string, folder: StackFolder, ports: Ports): ServiceSpec {
  const stores = storeUrls(ports);
  const files = join(ROOT, 'otel-collector');
  return {
    name: 'collector',
    command,
    args: ['profiles/default.yaml', 'redaction.yaml'].flatMap((name) => [
      '--config',
      join(files, name),
    ]),
    env: {
      OTLP_GRPC_ENDPOINT: `${HOST}:${ports.otlpGrpc}`,
      OTLP_HTTP_ENDPOINT: `${HOST}:${ports.otlpHttp}`,
      AUDIT_ENDPOINT: `${HOST}:${ports.audit}`,
      AUDIT_SPANS_ENDPOINT: `${HOST}:${ports.auditSpans}`,
      METRICS_HOST: HOST,
      METRICS_PORT: String(ports.collectorMetrics),
      HEALTH_ENDPOINT: `${HOST}:${ports.health}`,
      LOKI_URL: stores.loki,
      TEMPO_URL: `http://${HOST}:${ports.tempoOtlpHttp}`,
      PROMETHEUS_URL: stores.prometheus,
      SINK_URL: `http://${HOST}:${ports.sink}`,
      STORAGE_DIR: folder.data('collector'),
      INTAKE_TOKEN_FILE: folder.secrets.intake_token,
      SINK_TOKEN_FILE: folder.secrets.sink_token,
      GOMEMLIMIT: '400MiB',
    },
    cwd: folder.data('collector'),
    logFile: folder.log('collector'),
    readyUrl: `http://${HOST}:${ports.health}/`,
  };
}

/** `mcp-logbook serve`. */
export function sinkSpec(node: string, folder: StackFolder, ports: Ports): ServiceSpec {
  const data = folder.data('sink');
  // In one place here, as everything of a stack of the tests: an operator's is elsewhere.
  const kept = join(data, 'kept.jsonl');
  return {
    name: 'sink',
    command: node,
    args: [
      COMMAND,
      'serve',
      '--listen',
      `${HOST}:${ports.sink}`,
      '--dir',
      data,
      '--token-file',
      folder.secrets.sink_token,
      '--admin-token-file',
      folder.secrets.admin_token,
      '--anchors',
      kept,
    ],
    env: {
      HOME: data,
      MCP_LOGBOOK_PSEUDONYM_KEY_FILE: folder.secrets.fleet_key,
      MCP_LOGBOOK_CHECKPOINT_COPY: kept,
    },
    cwd: data,
    logFile: folder.log('sink'),
    readyUrl: `http://${HOST}:${ports.sink}/readyz`,
  };
}

/** Public key that senders seal payloads to. */
export function sinkRecipient(folder: StackFolder): string {
  const args = [COMMAND, 'serve', '--recipient', '--dir', folder.data('sink')];
  return execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 }).trim();
}
