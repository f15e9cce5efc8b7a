/**
 * The sink's metrics have the same names and labels in Prometheus whether it scrapes `/metrics` or is sent them by OTLP:
 * a real Prometheus takes both in, and is asked for the series of each.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { missingPrograms, requireProgram } from '../harness/programs.ts';

const skipped = missingPrograms('prometheus');
const BIN = join(import.meta.dirname, '..', '..', 'packages', 'logbook', 'bin', 'mcp-logbook.js');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/**
 * `name{label=value,...}` of every series of ours, without what only says how it came. Prometheus itself writes whole bucket
 * bounds as `1.0` when it scrapes and as `1` when they come by OTLP: compared as numbers.
 */
async function seriesOf(base: string, selector: string): Promise<string[]> {
  const query = new URLSearchParams({ 'match[]': `{__name__=~"mcp_logbook_.*",${selector}}` });
  const answer = await fetch(`${base}/api/v1/series?${query.toString()}`);
  const { data } = (await answer.json()) as { data: Record<string, string>[] };
  return data
    .map(({ job: _job, instance: _instance, __name__: name = '', ...labels }) => {
      const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
      return `${name}{${pairs.map(([key, value]) => `${key}=${key === 'le' ? Number(value) : value}`).join(',')}}`;
    })
    .toSorted();
}

describe.skipIf(skipped !== undefined)(`names of the sink's metrics ${skipped ?? ''}`, () => {
  test('every series of a scrape is one of OTLP, and the other way round', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sink-metrics-'));
    const port = await freePort();
    const sinkPort = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `global: { scrape_interval: 1s }
otlp: { promote_resource_attributes: [service.name, service.version] }
scrape_configs: [{ job_name: scraped, static_configs: [{ targets: ['127.0.0.1:${sinkPort}'] }] }]
`,
    );
    const prometheus = spawn(
      requireProgram('prometheus'),
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-otlp-receiver',
      ],
      { stdio: 'ignore' },
    );
    const sink = spawn(
      process.execPath,
      [BIN, 'serve', '--dir', join(folder, 'log'), '--listen', `127.0.0.1:${sinkPort}`],
      {
        stdio: 'ignore',
        env: {
          ...process.env,
          OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${base}/api/v1/otlp/v1/metrics`,
        },
      },
    );
    try {
      await vi.waitFor(async () => expect((await fetch(`${base}/-/ready`)).status).toBe(200), {
        timeout: 60_000,
        interval: 200,
      });
      const headers = { 'content-type': 'application/json' };
      const body = '{"resourceLogs":[]}';
      const logs = `http://127.0.0.1:${sinkPort}/v1/logs`;
      await vi.waitFor(
        async () => expect((await fetch(logs, { method: 'POST', headers, body })).status).toBe(200),
        { timeout: 60_000, interval: 200 },
      );
      await vi.waitFor(
        async () => {
          const names = await seriesOf(base, 'job="scraped"');
          expect(names.join('\n')).toContain('mcp_logbook_sink_ack_duration_seconds_bucket');
          expect(names.join('\n')).toContain('mcp_logbook_log_checkpoint_age_seconds');
          // Looked up now and then only.
          expect(names.join('\n')).toContain('mcp_logbook_holds');
        },
        { timeout: 60_000, interval: 500 },
      );
      // The last values are pushed at the end.
      sink.kill('SIGTERM');
      await once(sink, 'exit');
      const scraped = await seriesOf(base, 'job="scraped"');
      await vi.waitFor(
        async () => expect(await seriesOf(base, 'job!="scraped"')).toEqual(scraped),
        { timeout: 10_000, interval: 500 },
      );
      expect(scraped.length).toBeGreaterThan(20);
    } finally {
      sink.kill('SIGKILL');
      prometheus.kill('SIGKILL');
      await once(prometheus, 'exit');
      rmSync(folder, { recursive: true, maxRetries: 5 });
    }
  });
});
