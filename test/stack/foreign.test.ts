/**
 * Servers that we never touched: spans recorded from a Python FastMCP server and spans made by telemetrygen, sent to the
 * stack on its shared port, answer the same panels as our own. Nothing of ours is on this stack, so whatever a panel
 * shows is theirs.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DASHBOARDS } from '@mcp-logbook/grafana';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postOtlp } from '../harness/otlp-send.ts';
import { findProgram, missingPrograms } from '../harness/programs.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { answersOf } from '../harness/stack/panels.ts';
import { foundSpans, promSamples, until } from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';
import { verifies } from '../requirements.ts';

verifies('M4.6');

/** Panels that count servers which send spans alone. */
const PANELS = DASHBOARDS.flatMap(({ rows }) => rows.flatMap(({ panels }) => panels)).filter(
  ({ queries }) =>
    queries.some(
      (query) =>
        query.source === 'prometheus' &&
        query.expr.includes('mcp_spans_') &&
        // Such a panel says 0 of an empty fleet.
        !query.expr.includes('vector(0)'),
    ),
);
const PATIENCE_MS = 240_000;
/** Wire tags of `start_time_unix_nano` and `end_time_unix_nano`: field 7 and 8, 64 bits. */
const START_TAG = 0x39;
const END_TAG = 0x41;

const without = missingParts('collector', 'loki', 'prometheus', 'sink');
const withoutTempo = missingParts('tempo');
const withoutGenerator = missingPrograms('telemetrygen');

const recorded = readFileSync(
  new URL('../harness/fixtures/otlp/python-fastmcp-traces.bin', import.meta.url),
);
let stack: Stack;
let token = '';

beforeAll(async () => {
  if (without !== undefined) return;
  stack = await startStack({
    folder: join(aSandbox().root, 'stack'),
    parts: ['sink', 'collector', 'loki', 'tempo', 'prometheus'],
  });
  token = readFileSync(stack.folder.secrets.intake_token, 'utf8').trim();
});
afterAll(async () => {
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

const range = (): { fromMs: number; toMs: number } => ({
  fromMs: Date.now() - 15 * 60_000,
  toMs: Date.now(),
});

describe.skipIf(without !== undefined)(`servers of others ${without ?? ''}`, () => {
  test('before they speak, the panels are empty', async () => {
    expect(PANELS.length).toBeGreaterThanOrEqual(5);
    for (const panel of PANELS)
      expect([panel.title, await rowsOf(panel)]).toEqual([panel.title, 0]);
  });

  test('the recorded Python server answers the panels of the fleet', async () => {
    // Counters need a second sample before a rate can be seen.
    for (let round = 0; round < 4; round += 1) {
      expect(await postOtlp(stack.urls.otlpHttp, 'traces', asOfNow(recorded), token)).toBe(200);
      await sleep(6_000);
    }
    for (const panel of PANELS) {
      await until(
        () => rowsOf(panel),
        (rows) => rows > 0,
        PATIENCE_MS,
        (rows) => `${panel.title}: ${rows} rows`,
      );
    }
    const services = await promSamples(
      stack.urls.prometheus,
      'sum by (service_name, gen_ai_tool_name) (mcp_spans_calls_total)',
    );
    expect(
      services
        .filter(({ labels }) => labels.get('service_name') === 'python-weather')
        .map(({ labels }) => labels.get('gen_ai_tool_name')),
    ).toEqual(expect.arrayContaining(['forecast', 'broken', 'nosuch']));
  });

  test.skipIf(withoutTempo !== undefined)(
    `its spans are found in Tempo ${withoutTempo ?? ''}`,
    async () => {
      const spans = await until(
        () =>
          foundSpans(
            stack.urls.tempo,
            '{ resource.service.name = "python-weather" && span.gen_ai.tool.name = "forecast" }',
            range(),
            20,
          ),
        (found) => found.length > 0,
        PATIENCE_MS,
        (found) => `${found?.length ?? 0} spans`,
      );
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3);
    },
  );

  test.skipIf(withoutGenerator !== undefined)(
    `MCP spans of telemetrygen are counted beside it ${withoutGenerator ?? ''}`,
    async () => {
      await promisify(execFile)(
        findProgram('telemetrygen') ?? '',
        [
          'traces',
          '--otlp-insecure',
          '--otlp-endpoint',
          stack.urls.otlpGrpc,
          '--otlp-header',
          `authorization="Bearer ${token}"`,
          '--traces',
          '50',
          '--rate',
          '25',
          '--service',
          'generated',
          '--telemetry-attributes',
          'mcp.method.name="tools/call"',
          '--telemetry-attributes',
          'gen_ai.tool.name="made"',
        ],
        { timeout: 60_000 },
      );
      const count =
        'sum by (span_kind) (mcp_spans_calls_total{service_name="generated",gen_ai_tool_name="made",span_kind="SPAN_KIND_SERVER"})';
      const [series] = await until(
        () => promSamples(stack.urls.prometheus, count),
        (found) => found[0]?.value === 50,
        PATIENCE_MS,
        (found) => JSON.stringify(found),
      );
      expect(series?.value).toBe(50);
    },
  );
});

const rowsOf = (panel: (typeof PANELS)[number]): Promise<number> =>
  answersOf(panel, stack.urls, range());

/**
 * The recorded spans as if they ended now: Tempo searches recent time alone. In a span, start and end stand behind each
 * other as fixed64 fields 7 and 8; both are moved by the same stretch.
 */
function asOfNow(body: Buffer): Buffer {
  const moved = Buffer.from(body);
  const places: number[] = [];
  for (let at = 0; at + 18 <= moved.length; at += 1) {
    if (moved[at] !== START_TAG || moved[at + 9] !== END_TAG) continue;
    const lasted = moved.readBigUInt64LE(at + 10) - moved.readBigUInt64LE(at + 1);
    if (lasted >= 0n && lasted < 60_000_000_000n) places.push(at);
  }
  const ends = places.map((at) => moved.readBigUInt64LE(at + 10));
  const latest = ends.reduce((last, end) => (end > last ? end : last), 0n);
  const by = BigInt(Date.now()) * 1_000_000n - latest;
  for (const at of places)
    for (const field of [at + 1, at + 10])
      moved.writeBigUInt64LE(moved.readBigUInt64LE(field) + by, field);
  return moved;
}
