/**
 * Command lines of Loki, Tempo, Prometheus and Grafana with the shipped configuration files: what differs from compose
 * is addresses and folders, through the variables and flags that the files' own headers document.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyShipped, ROOT, type StackFolder } from './folder.ts';
import type { Ports } from './ports.ts';
import type { ServiceSpec } from './service.ts';

const HOST = '127.0.0.1';

/** Base URLs of the stores, for queries. */
export const storeUrls = (ports: Ports) => ({
  loki: `http://${HOST}:${ports.loki}`,
  tempo: `http://${HOST}:${ports.tempo}`,
  prometheus: `http://${HOST}:${ports.prometheus}`,
  grafana: `http://${HOST}:${ports.grafana}`,
});

/** Loki. */
export function lokiSpec(command: string, folder: StackFolder, ports: Ports): ServiceSpec {
  const data = folder.data('loki');
  const rules = join(data, 'rule-files');
  copyShipped('grafana/rules/loki', join(rules, 'fake'));
  return {
    name: 'loki',
    command,
    args: [`-config.file=${join(ROOT, 'loki/loki.yaml')}`, '-config.expand-env=true'],
    env: {
      LOKI_HTTP_ADDRESS: HOST,
      LOKI_HTTP_PORT: String(ports.loki),
      LOKI_GRPC_PORT: String(ports.lokiGrpc),
      LOKI_DATA: data,
      LOKI_RULES: rules,
      PROMETHEUS_URL: storeUrls(ports).prometheus,
      ALERTMANAGER_URL: `http://${HOST}:9`,
    },
    cwd: data,
    logFile: folder.log('loki'),
    readyUrl: `${storeUrls(ports).loki}/ready`,
  };
}

/** Tempo. */
export function tempoSpec(command: string, folder: StackFolder, ports: Ports): ServiceSpec {
  const data = folder.data('tempo');
  return {
    name: 'tempo',
    command,
    args: [`-config.file=${join(ROOT, 'tempo/tempo.yaml')}`, '-config.expand-env=true'],
    env: {
      TEMPO_HTTP_ADDRESS: HOST,
      TEMPO_HTTP_PORT: String(ports.tempo),
      TEMPO_GRPC_PORT: String(ports.tempoGrpc),
      TEMPO_OTLP_HTTP: `${HOST}:${ports.tempoOtlpHttp}`,
      TEMPO_OTLP_GRPC: `${HOST}:${ports.tempoOtlpGrpc}`,
      TEMPO_DATA: data,
      PROMETHEUS_URL: storeUrls(ports).prometheus,
    },
    cwd: data,
    logFile: folder.log('tempo'),
    readyUrl: `${storeUrls(ports).tempo}/ready`,
  };
}

/** Prometheus: its files lie beside each other, so they are copied; the targets are ours. */
export function prometheusSpec(
  command: string,
  folder: StackFolder,
  ports: Ports,
  running: ReadonlySet<string>,
): ServiceSpec {
  const data = folder.data('prometheus');
  const configuration = join(data, 'prometheus.yml');
  copyFileSync(join(ROOT, 'prometheus/prometheus.yml'), configuration);
  copyShipped('grafana/rules/prometheus', join(data, 'rules'));
  copyShipped('prometheus/alertmanagers', join(data, 'alertmanagers'));
  mkdirSync(join(data, 'secrets'), { recursive: true });
  copyFileSync(folder.secrets.sink_token, join(data, 'secrets', 'sink_token'));
  const targets = join(data, 'targets');
  mkdirSync(targets, { recursive: true });
  const own = ['loki', 'tempo', 'prometheus', 'grafana'] as const;
  writeTargets(
    join(targets, 'stack.yml'),
    own
      .filter((name) => running.has(name))
      .map((name) => ({ targets: [`${HOST}:${ports[name]}`], labels: { job: name } })),
  );
  const one = (name: string, port: number): object[] =>
    running.has(name) ? [{ targets: [`${HOST}:${port}`] }] : [];
  writeTargets(join(targets, 'otelcol.yml'), one('collector', ports.collectorMetrics));
  writeTargets(join(targets, 'sink.yml'), one('sink', ports.sink));
  return {
    name: 'prometheus',
    command,
    args: [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(data, 'tsdb')}`,
      '--storage.tsdb.retention.time=31d',
      `--web.listen-address=${HOST}:${ports.prometheus}`,
      '--web.enable-otlp-receiver',
      '--web.enable-remote-write-receiver',
      '--enable-feature=exemplar-storage',
    ],
    env: {},
    cwd: data,
    logFile: folder.log('prometheus'),
    readyUrl: `${storeUrls(ports).prometheus}/-/ready`,
  };
}

/** Grafana from its home folder, provisioned from the repository's files. */
export function grafanaSpec(home: string, folder: StackFolder, ports: Ports): ServiceSpec {
  const data = folder.data('grafana');
  mkdirSync(join(data, 'plugins'), { recursive: true });
  const urls = storeUrls(ports);
  return {
    name: 'grafana',
    command: join(home, 'bin', 'grafana'),
    args: ['server', `--homepath=${home}`],
    env: {
      HOME: data,
      GF_PATHS_DATA: data,
      GF_PATHS_LOGS: join(data, 'logs'),
      GF_PATHS_PLUGINS: join(data, 'plugins'),
      GF_PATHS_PROVISIONING: join(ROOT, 'grafana/provisioning'),
      GRAFANA_DASHBOARDS: join(ROOT, 'grafana/dashboards'),
      PROMETHEUS_URL: urls.prometheus,
      LOKI_URL: urls.loki,
      TEMPO_QUERY_URL: urls.tempo,
      GF_SERVER_HTTP_ADDR: HOST,
      GF_SERVER_HTTP_PORT: String(ports.grafana),
      // `__FILE` is a service of the official image's start script; the program itself reads this form.
      GF_SECURITY_ADMIN_PASSWORD: `$__file{${folder.secrets.grafana_password}}`,
      GF_AUTH_ANONYMOUS_ENABLED: 'false',
      GF_USERS_ALLOW_SIGN_UP: 'false',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
      GF_NEWS_NEWS_FEED_ENABLED: 'false',
      GF_LOG_LEVEL: 'warn',
    },
    cwd: data,
    logFile: folder.log('grafana'),
    readyUrl: `${urls.grafana}/api/health`,
  };
}

/** File-based discovery reads YAML, and JSON is YAML. */
function writeTargets(file: string, groups: readonly object[]): void {
  writeFileSync(file, JSON.stringify(groups));
}
