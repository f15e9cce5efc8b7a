/**
 * The collector between real stores: the names that README.md promises to dashboards and alerts are those that
 * Prometheus, Loki and Tempo answer with.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { letters } from '../harness/canaries.ts';
import { logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { foundSpans, logLines, promSamples, until } from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';

const without = missingParts('collector', 'loki', 'prometheus');
const withoutTempo = missingParts('tempo');
const secret = `gh${'p_'}${letters(36)}`;

describe.skipIf(without !== undefined)(`collector and stores ${without ?? ''}`, () => {
  let stack: Stack;
  let fromMs = 0;

  beforeAll(async () => {
    fromMs = Date.now() - 60_000;
    stack = await startStack({
      folder: join(aSandbox().root, 'stack'),
      parts: ['collector', 'loki', 'prometheus', 'tempo', 'sink'],
    });
    const token = readFileSync(stack.folder.secrets.intake_token, 'utf8').trim();
    const recorded = readFileSync(
      new URL('../harness/fixtures/otlp/python-fastmcp-traces.bin', import.meta.url),
    );
    const from = { service: 'leaky', resource: { 'service.namespace': 'fleet' } };
    const send = async (signal: 'logs' | 'traces', body: object | Uint8Array): Promise<void> => {
      expect(await postOtlp(stack.urls.otlpHttp, signal, body, token)).toBe(200);
    };
    await send('traces', recorded);
    await send('traces', spansBody(from, [{ name: `leaky span ${secret}` }]));
    await send(
      'logs',
      logsBody(from, [
        {
          eventName: 'mcp_logbook.call',
          body: `leaky call ${secret}`,
          attributes: { 'gen_ai.tool.name': 'forecast' },
        },
        { eventName: 'mcp_logbook.auth', body: 'refused' },
        { eventName: 'mcp_logbook.config.changed', body: 'altered' },
        { body: 'a line' },
        {
          eventName: 'mcp_logbook.audit',
          body: 'no leaf: goes to quarantine',
          attributes: { 'mcp_logbook.payload': 'x' },
        },
      ]),
    );
  });

  afterAll(async () => {
    await stack.stop();
    removeSandboxes();
  });

  test('Prometheus has every series of the README under the labels it names', async () => {
    const wanted = [
      'mcp_logbook_collector_secrets_total{service_name="leaky",service_namespace="fleet"}',
      'mcp_logbook_collector_stray_audit_total{service_name="leaky"}',
      'mcp_spans_calls_total{service_name="python-weather",mcp_method_name="tools/call",gen_ai_tool_name="forecast"}',
      'mcp_spans_duration_seconds_bucket{service_name="python-weather",le="0.01"}',
      'up{job="otelcol"} == 1',
      'otelcol_exporter_queue_size{job="otelcol",exporter="otlp_http/audit",data_type="logs"}',
      'otelcol_exporter_queue_capacity{job="otelcol",exporter="otlp_http/stray_audit"}',
      'otelcol_exporter_sent_log_records_total{job="otelcol",exporter="otlp_http/loki"}',
      'otelcol_receiver_accepted_log_records_total{job="otelcol",receiver="otlp",transport="http"}',
      'otelcol_process_uptime_seconds_total{job="otelcol"}',
    ];
    for (const query of wanted) {
      const found = await until(
        async () => await promSamples(stack.urls.prometheus, query),
        (samples) => samples.length > 0,
        60_000,
        () => `no ${query}`,
      );
      expect(found.length, query).toBeGreaterThan(0);
    }
    const [secrets] = await promSamples(
      stack.urls.prometheus,
      'sum(mcp_logbook_collector_secrets_total)',
    );
    expect(secrets?.value).toBe(2);
  });

  test('Loki has every record under its class, as labels, and neither secret nor payload', async () => {
    const classes = {
      call: 'call',
      auth: 'refused',
      config: 'altered',
      app: 'a line',
      audit: 'no leaf',
    };
    for (const [name, start] of Object.entries(classes)) {
      const query = `{service_name="leaky", service_namespace="fleet", mcp_logbook_log_class="${name}"}`;
      const lines = await until(
        async () => await logLines(stack.urls.loki, query, { fromMs, toMs: Date.now() + 60_000 }),
        (found) => found.length === 1,
        60_000,
        (found) => `${found?.length ?? 0} lines of ${name}`,
      );
      expect(lines[0]?.line).toContain(start);
      expect(JSON.stringify([...(lines[0]?.labels ?? [])])).not.toMatch(
        /mcp_logbook_payload|exposed/,
      );
      expect(lines[0]?.line).not.toContain(secret);
    }
  });

  test.skipIf(withoutTempo !== undefined)(
    `Tempo has the leaky span, masked ${withoutTempo ?? ''}`,
    async () => {
      const search = async (query: string) =>
        await foundSpans(stack.urls.tempo, query, { fromMs, toMs: Date.now() + 60_000 });
      const found = await until(
        async () => await search('{ resource.service.name = "leaky" && name = "leaky span ****" }'),
        (spans) => spans.length > 0,
        60_000,
        () => 'no masked span',
      );
      expect(found).toHaveLength(1);
    },
  );
});
