/**
 * The shipped configurations of Loki, Tempo and Prometheus on the real programs: what each of them is to do with a
 * record is asked of it, not read from its file.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asArray, asRecord } from '../harness/json.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import {
  foundSpans,
  logLines,
  logSamples,
  promSamples,
  traceSpanIds,
  until,
} from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const nanos = (ms: number): string => `${Math.floor(ms)}000000`;
const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });

let stack: Stack;
const without = missingParts('loki', 'prometheus');
const withoutTempo = missingParts('tempo');

beforeAll(async () => {
  if (without !== undefined) return;
  stack = await startStack({
    folder: join(aSandbox().root, 'stack'),
    parts: ['loki', 'tempo', 'prometheus'],
  });
  // Its rates are asked for at the end: Tempo's generator writes every 15 s.
  if (withoutTempo === undefined) await pushSpan('early', 'check_stock');
});
afterAll(async () => {
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

async function post(url: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

interface Line {
  readonly service: string;
  readonly logClass: string;
  readonly atMs: number;
  readonly body: string;
  readonly attributes?: readonly object[];
}

function pushLine({ service, logClass, atMs, body, attributes = [] }: Line) {
  return post(`${stack.urls.loki}/otlp/v1/logs`, {
    resourceLogs: [
      {
        resource: {
          attributes: [
            text('service.name', service),
            text('service.namespace', 'shops'),
            text('deployment.environment.name', 'test'),
            text('service.instance.id', randomBytes(8).toString('hex')),
            text('mcp_logbook.log.class', logClass),
          ],
        },
        scopeLogs: [
          {
            scope: { name: 's' },
            logRecords: [{ timeUnixNano: nanos(atMs), body: { stringValue: body }, attributes }],
          },
        ],
      },
    ],
  });
}

describe.skipIf(without !== undefined)(`Loki and Prometheus ${without ?? ''}`, () => {
  test('four attributes are index labels, all others structured metadata that queries filter on', async () => {
    const now = Date.now();
    const { status } = await pushLine({
      service: 'labels',
      logClass: 'call',
      atMs: now,
      body: 'call of check_stock',
      attributes: [text('gen_ai.tool.name', 'check_stock'), text('enduser.pseudo.id', 'p1')],
    });
    expect(status).toBe(204);
    const range = { fromMs: now - MINUTE, toMs: now + MINUTE };
    const lines = await until(
      () =>
        logLines(
          stack.urls.loki,
          '{service_name="labels",mcp_logbook_log_class="call"} | gen_ai_tool_name="check_stock"',
          range,
        ),
      (found) => found.length > 0,
      60_000,
      (found) => `${found?.length} lines`,
    );
    expect(lines.map(({ line }) => line)).toEqual(['call of check_stock']);
    expect(lines[0]?.labels.get('enduser_pseudo_id')).toBe('p1');
    const labels = asArray(
      asRecord(await (await fetch(`${stack.urls.loki}/loki/api/v1/labels`)).json())['data'],
    );
    expect(labels.map(String).toSorted()).toEqual([
      'deployment_environment_name',
      'mcp_logbook_log_class',
      'service_name',
      'service_namespace',
    ]);
  });

  test('a line five hours older than the newest of its stream is taken, one of last week refused', async () => {
    const now = Date.now();
    const line = { service: 'late', logClass: 'audit' };
    expect((await pushLine({ ...line, atMs: now, body: 'new' })).status).toBe(204);
    expect((await pushLine({ ...line, atMs: now - 5 * HOUR, body: 'late' })).status).toBe(204);
    const old = await pushLine({ ...line, atMs: now - 8 * 24 * HOUR, body: 'old' });
    expect([old.status, old.text.includes('too old')]).toEqual([400, true]);
    const found = await until(
      () =>
        logLines(stack.urls.loki, '{service_name="late"}', {
          fromMs: now - 6 * HOUR,
          toMs: now + MINUTE,
        }),
      (lines) => lines.length >= 2,
      60_000,
      (lines) => `${lines?.length} lines`,
    );
    expect(found.map(({ line: body }) => body)).toEqual(['late', 'new']);
  });

  test('a deletion by pseudonym, seen after a restart, hides the lines of that person and no other', async () => {
    // A deletion may not reach into the future.
    const now = Date.now() - 10_000;
    for (const person of ['gone', 'stays'])
      await pushLine({
        service: 'erasure',
        logClass: 'audit',
        atMs: now,
        body: `call of ${person}`,
        attributes: [text('enduser.pseudo.id', person)],
      });
    const lines = () =>
      logLines(stack.urls.loki, '{service_name="erasure"}', {
        fromMs: now - MINUTE,
        toMs: now + MINUTE,
      });
    await until(
      lines,
      (found) => found.length === 2,
      60_000,
      (found) => `${found?.length} lines`,
    );
    const query = '{service_name="erasure"} | enduser_pseudo_id="gone"';
    const url = new URL('/loki/api/v1/delete', stack.urls.loki);
    url.searchParams.set('query', query);
    url.searchParams.set('start', String(Math.floor(now / 1_000) - 60));
    url.searchParams.set('end', String(Math.floor(now / 1_000) + 2));
    expect((await fetch(url, { method: 'POST' })).status).toBe(204);
    // A running Loki asks its compactor for deletions every five minutes; one that starts asks at once.
    await stack.service('loki').stop();
    await stack.service('loki').start();
    const left = await until(
      lines,
      (found) => found.length < 2,
      60_000,
      (found) => found?.map(({ line }) => line).join(' | ') ?? 'no answer',
    );
    expect(left.map(({ line }) => line)).toEqual(['call of stays']);
  });

  test('each class of record is kept for its own time', async () => {
    const answer = await (await fetch(`${stack.urls.loki}/config`)).text();
    const kept = [...answer.matchAll(/period: (\w+)\n\s+priority: 1\n\s+selector: '(\{.*\})'/g)];
    expect(kept.map(([, period, selector]) => `${selector} ${period}`)).toEqual([
      '{mcp_logbook_log_class="app"} 1w',
      '{mcp_logbook_log_class="call"} 31d',
      '{mcp_logbook_log_class="auth"} 92d',
      '{mcp_logbook_log_class="config"} 366d',
      '{mcp_logbook_log_class="audit"} 366d',
    ]);
    expect(answer).toContain('retention_enabled: true');
    expect(answer).toContain('reporting_enabled: false');
  });

  test('a histogram keeps its exemplar, names get suffixes, promoted attributes become labels', async () => {
    const now = Date.now();
    const traceId = randomBytes(16).toString('hex');
    const point = {
      timeUnixNano: nanos(now),
      startTimeUnixNano: nanos(now - 1_000),
      count: '1',
      sum: 0.1,
      bucketCounts: ['1', '0'],
      explicitBounds: [1],
      attributes: [text('gen_ai.tool.name', 'check_stock')],
      exemplars: [
        {
          timeUnixNano: nanos(now),
          asDouble: 0.1,
          traceId,
          spanId: randomBytes(8).toString('hex'),
        },
      ],
    };
    const sent = await pushMetric('mcp.server.operation.duration', 's', {
      histogram: { aggregationTemporality: 2, dataPoints: [point] },
    });
    expect(sent).toBe(200);
    const query = 'mcp_server_operation_duration_seconds_bucket{le="+Inf"}';
    const [sample] = await until(
      () => promSamples(stack.urls.prometheus, query),
      (found) => found.length > 0,
      60_000,
      () => 'no series',
    );
    expect(Object.fromEntries(sample?.labels ?? [])).toMatchObject({
      service_name: 'points',
      service_namespace: 'shops',
      service_version: '1.2.3',
      deployment_environment_name: 'test',
      gen_ai_tool_name: 'check_stock',
    });
    expect(sample?.labels.has('host_name')).toBe(false);
    const url = new URL('/api/v1/query_exemplars', stack.urls.prometheus);
    url.searchParams.set('query', 'mcp_server_operation_duration_seconds_bucket');
    url.searchParams.set('start', String(now / 1_000 - 60));
    url.searchParams.set('end', String(now / 1_000 + 60));
    expect(await (await fetch(url)).text()).toContain(traceId);
  });

  test('a point that waited five minutes in a queue is still taken', async () => {
    const now = Date.now();
    const gauge = (atMs: number, value: number) =>
      pushMetric('mcp_logbook.log.size', '{entry}', {
        gauge: { dataPoints: [{ timeUnixNano: nanos(atMs), asDouble: value }] },
      });
    expect(await gauge(now, 2)).toBe(200);
    expect(await gauge(now - 5 * MINUTE, 1)).toBe(200);
    const early = await until(
      () => promSamples(stack.urls.prometheus, 'mcp_logbook_log_size', now - 4.5 * MINUTE),
      (found) => found.length > 0,
      60_000,
      () => 'no series',
    );
    expect(early.map(({ value }) => value)).toEqual([1]);
  });

  test('Prometheus scrapes the stores, and the rule files of both are loaded', async () => {
    await until(
      () => promSamples(stack.urls.prometheus, 'up{job=~"loki|prometheus|tempo"} == 1'),
      (found) => found.length === (withoutTempo === undefined ? 3 : 2),
      40_000,
      (found) => JSON.stringify(found?.map(({ labels }) => labels.get('job'))),
    );
    for (const base of [
      `${stack.urls.prometheus}/api/v1`,
      `${stack.urls.loki}/prometheus/api/v1`,
    ]) {
      const data = asRecord(asRecord(await (await fetch(`${base}/rules`)).json())['data']);
      const rules = asArray(data['groups']).flatMap((group) => asArray(asRecord(group)['rules']));
      expect(rules.length).toBeGreaterThan(0);
      expect(rules.filter((rule) => asRecord(rule)['health'] === 'err')).toEqual([]);
    }
  });

  test('what Loki acknowledged is there after kill -9', async () => {
    const now = Date.now();
    const line = { service: 'killed', logClass: 'call', atMs: now };
    for (let n = 0; n < 20; n += 1) await pushLine({ ...line, body: `line ${n}` });
    await stack.service('loki').kill();
    await stack.service('loki').start();
    const range = { fromMs: now - MINUTE, toMs: now + MINUTE };
    const found = await until(
      () => logLines(stack.urls.loki, '{service_name="killed"}', range),
      (lines) => lines.length >= 20,
      60_000,
      (lines) => `${lines?.length} lines`,
    );
    expect(new Set(found.map(({ line: body }) => body)).size).toBe(20);
    const [counted] = await logSamples(
      stack.urls.loki,
      'sum(count_over_time({service_name="killed"}[5m]))',
      now + 1_000,
    );
    expect(counted?.value).toBe(20);
  });
});

describe.skipIf(without !== undefined || withoutTempo !== undefined)(
  `Tempo ${withoutTempo ?? ''}`,
  () => {
    test('a span is found by trace id and by attribute, and its rates reach Prometheus', async () => {
      const now = Date.now();
      const { traceId, spanId, status } = await pushSpan('spans', 'check_stock');
      expect(status).toBe(200);
      await until(
        () => traceSpanIds(stack.urls.tempo, traceId),
        (ids) => ids.includes(spanId),
        60_000,
        (ids) => `span ids ${ids?.join()}`,
      );
      const found = await until(
        () =>
          foundSpans(
            stack.urls.tempo,
            '{ resource.service.name = "spans" } | select(span.mcp.method.name)',
            { fromMs: now - MINUTE, toMs: now + MINUTE },
          ),
        (spans) => spans.length > 0,
        60_000,
        (spans) => `${spans?.length} spans`,
      );
      expect(found.map((span) => [span.traceId, span.spanId])).toEqual([[traceId, spanId]]);
      expect(found[0]?.attributes.get('mcp.method.name')).toBe('tools/call');
      await until(
        () =>
          promSamples(
            stack.urls.prometheus,
            'traces_spanmetrics_calls_total{service="early",gen_ai_tool_name="check_stock"}',
          ),
        (series) => series.length === 1,
        60_000,
        (series) => `${series?.length} series`,
      );
    });
  },
);

async function pushSpan(service: string, tool: string) {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const now = Date.now();
  const span = {
    traceId,
    spanId,
    name: `tools/call ${tool}`,
    kind: 2,
    startTimeUnixNano: nanos(now - 10),
    endTimeUnixNano: nanos(now),
    attributes: [text('mcp.method.name', 'tools/call'), text('gen_ai.tool.name', tool)],
  };
  const { status } = await post(`http://127.0.0.1:${stack.ports.tempoOtlpHttp}/v1/traces`, {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', service)] },
        scopeSpans: [{ spans: [span] }],
      },
    ],
  });
  return { traceId, spanId, status };
}

async function pushMetric(name: string, unit: string, data: object): Promise<number> {
  const { status } = await post(`${stack.urls.prometheus}/api/v1/otlp/v1/metrics`, {
    resourceMetrics: [
      {
        resource: {
          attributes: [
            text('service.name', 'points'),
            text('service.namespace', 'shops'),
            text('service.version', '1.2.3'),
            text('deployment.environment.name', 'test'),
            text('host.name', 'h'),
          ],
        },
        scopeMetrics: [{ metrics: [{ name, unit, ...data }] }],
      },
    ],
  });
  return status;
}
