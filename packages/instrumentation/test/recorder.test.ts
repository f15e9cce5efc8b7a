/** The funnel, with a back end and a log that only remember. */
import { describe, expect, test } from 'vitest';
import {
  checkEvent,
  checkMetric,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
} from '@mcp-logbook/semconv';
import { createRedactor } from '@mcp-logbook/redaction';
import type { Connection, Exchange } from '../src/exchange.ts';
import type { AuditEntry } from '../src/ports.ts';
import type { CaptureRule } from '../src/recorder/capture.ts';
import { createRecorder } from '../src/recorder/index.ts';
import { parseTraceparent, formatTraceparent } from '../src/context.ts';
import { callAttributes } from '../src/telemetry/attributes.ts';
import { callEvent } from '../src/telemetry/events.ts';
import { callPoints } from '../src/telemetry/points.ts';
import type { TelemetryBackend } from '../src/telemetry/backend.ts';
import type { CallRecord } from '../src/telemetry/record.ts';

const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);

function aConnection(): Connection {
  return {
    role: 'server',
    clientName: 'tester',
    protocolVersion: '2025-06-18',
    networkTransport: 'pipe',
    resourceName: () => undefined,
    isRegistered: (_kind, name) => name === 'echo',
    toolAnnotations: () => ({ readOnlyHint: true }),
  };
}

function aCall(params: unknown): Exchange {
  return {
    side: 'server',
    method: 'tools/call',
    requestId: '1',
    params,
    meta: undefined,
    connection: aConnection(),
  };
}

function aRecorder(
  mode: 'blocking' | 'strict' = 'blocking',
  writes = true,
  redactor = createRedactor(),
  capture: readonly CaptureRule[] = [],
) {
  const points: (readonly [string, number, unknown])[] = [];
  const records: CallRecord[] = [];
  const entries: AuditEntry[] = [];
  const backend: TelemetryBackend = {
    kind: 'rows',
    begin: () => ({ traceId: TRACE, spanId: SPAN }),
    run: (_span, fn) => fn(),
    inject: () => {},
    end: (_span, record) => void records.push(record),
    session: () => {},
    auth: () => {},
    config: () => {},
    checkpoint: () => {},
    integrity: () => {},
    measure: (...point) => void points.push(point),
  };
  const audit = { mode, append: (entry: AuditEntry) => (writes && entries.push(entry), writes) };
  return {
    recorder: createRecorder({ backend, redactor, audit, capture }),
    points,
    records,
    entries,
  };
}

/** After the turn in which a call ended, its telemetry is handed over. */
const answered = () => new Promise((resolve) => setImmediate(resolve));

describe('the recorder', () => {
  test('a call is one record and one entry that point to each other', async () => {
    const { recorder, records, entries } = aRecorder();
    const call = recorder.begin(aCall({ name: 'echo', arguments: { text: 'hi' } }));
    expect(recorder.end(call, { type: 'result', result: { content: [] } })).toBe(true);
    recorder.end(call, { type: 'result', result: {} });
    await answered();
    expect(records).toHaveLength(1);
    expect(entries).toHaveLength(1);
    expect(records[0]?.entryId).toBe(entries[0]?.id);
    expect(entries[0]).toMatchObject({
      kind: 'tool.call',
      action: 'read',
      outcome: 'success',
      target: 'echo',
      trace: TRACE,
      span: SPAN,
    });
    const [record] = records;
    const event = record && callEvent(record);
    expect(event && checkEvent({ ...event, traceId: TRACE, spanId: SPAN })).toEqual([]);
    expect(JSON.parse(entries[0]?.payload ?? '')).toMatchObject({
      method: 'tools/call',
      request: { name: 'echo' },
    });
  });

  test('with rules of the user’s own each leaf names them, what stays by the allow-list is counted and nothing else is told of it', async () => {
    const redactor = createRedactor({
      rules: {
        literals: ['Project Nightjar'],
        allow: [{ rule: 'email', tool: 'echo', path: 'arguments.owner' }],
      },
    });
    const { recorder, entries, records, points } = aRecorder('blocking', true, redactor);
    const params = {
      name: 'echo',
      arguments: { owner: 'ada@example.org', text: 'bob@example.org on Project Nightjar' },
    };
    recorder.end(recorder.begin(aCall(params)), { type: 'result', result: { content: [] } });
    await answered();
    expect(entries[0]?.rules).toBe(redactor.rules);
    expect(entries[0]?.rules).toMatch(/^[\d.]+\+[0-9a-f]{8}\.[0-9a-f]{8}$/);
    expect(JSON.parse(entries[0]?.payload ?? '')).toMatchObject({
      request: {
        arguments: {
          owner: 'ada@example.org',
          text: '[REDACTED:email] on [REDACTED:user-literal]',
        },
      },
    });
    const incidents = points.filter(([name]) => name === 'mcp_logbook.redaction.incidents');
    expect(incidents).toEqual([
      ['mcp_logbook.redaction.incidents', 1, { 'mcp_logbook.redaction.incident': 'allowed' }],
    ]);
    const [metric, value, attributes] = incidents[0] ?? [];
    expect(
      checkMetric({
        name: metric,
        type: 'counter',
        unit: '{incident}',
        attributes,
        value,
      } as never),
    ).toEqual([]);
    const told = records.map((record) => callAttributes(record));
    expect(JSON.stringify([told, points])).not.toMatch(/ada@|bob@|Nightjar|owner/);
  });

  test('the first glob that fits a tool’s name as it came decides what is kept; metadata is sizes, counts and kinds', () => {
    const redactor = createRedactor({ rules: { literals: ['vault_read'] } });
    const capture = [
      { glob: 'vault_*', level: 'none' },
      { glob: 'e*', level: 'metadata' },
      { glob: 'echo', level: 'full' },
    ] as const;
    const { recorder, entries } = aRecorder('blocking', true, redactor, capture);
    const payloadOf = (name: string): unknown => {
      const call = recorder.begin(aCall({ name, arguments: { a: 'sesame', b: 2 } }));
      recorder.end(call, {
        type: 'result',
        result: { isError: true, content: [{ type: 'text', text: 'sesame' }, { type: 'image' }] },
      });
      return JSON.parse(entries.pop()?.payload ?? '') as unknown;
    };
    expect(JSON.stringify(payloadOf('vault_read'))).not.toMatch(/request(?!Id)|result|sesame/i);
    expect(payloadOf('echo')).toMatchObject({
      requestSize: JSON.stringify({ name: 'echo', arguments: { a: 'sesame', b: 2 } }).length,
      argumentCount: 2,
      contentTypes: ['text', 'image'],
      isError: true,
      resultSize: expect.any(Number),
    });
    expect(JSON.stringify(payloadOf('echo'))).not.toContain('sesame');
    expect(payloadOf('other')).toMatchObject({ request: { arguments: { a: 'sesame' } } });
  });

  test('an unregistered tool is _OTHER on metrics and in the leaf', async () => {
    const { recorder, records, entries } = aRecorder();
    recorder.end(recorder.begin(aCall({ name: 'nope' })), {
      type: 'error',
      code: -32602,
      message: 'unknown tool',
    });
    await answered();
    expect(entries[0]).toMatchObject({ target: '_OTHER', outcome: 'failure' });
    expect(records[0]).toMatchObject({
      toolLabel: '_OTHER',
      errorType: undefined,
      rpcCode: '-32602',
    });
  });

  test.each([
    [63, 0],
    [64, 64],
    [65, 64],
  ])(
    'of %i calls in one turn the log has all at once, telemetry %i until the turn ends (I3, I10)',
    async (calls, told) => {
      const { recorder, records, entries } = aRecorder();
      for (let n = 0; n < calls; n += 1)
        recorder.end(recorder.begin(aCall({ name: 'echo' })), { type: 'result', result: {} });
      expect([entries.length, records.length]).toEqual([calls, told]);
      await answered();
      expect(records).toHaveLength(calls);
    },
  );

  test('what still waits at the exit is handed over by endAll', () => {
    const { recorder, records } = aRecorder();
    recorder.end(recorder.begin(aCall({ name: 'echo' })), { type: 'result', result: {} });
    recorder.begin(aCall({ name: 'echo' }));
    recorder.endAll('process_exit');
    expect(records.map(({ errorType }) => errorType)).toEqual([undefined, 'process_exit']);
  });

  test('what still waits at the exit is handed over by endAll, also of requests that are not entered', () => {
    const { recorder, records } = aRecorder();
    const listed = recorder.begin({ ...aCall(undefined), method: 'tools/list' });
    recorder.end(listed, { type: 'result', result: { tools: [] } });
    recorder.begin({ ...aCall(undefined), method: 'ping' });
    recorder.endAll('process_exit');
    expect(records.map(({ method }) => method)).toEqual(['tools/list', 'ping']);
  });

  test('ten thousand calls that wait at once are each answered; only beyond the bound is the oldest given up, and counted (I10)', () => {
    const { recorder, entries, points } = aRecorder();
    const begin = () => recorder.begin(aCall({ name: 'echo', arguments: {} }));
    const waiting = Array.from({ length: 10_000 }, begin);
    for (const call of waiting) recorder.end(call, { type: 'result', result: { content: [] } });
    expect(entries.filter(({ outcome }) => outcome !== 'success')).toEqual([]);
    const bound = 32_768;
    for (let n = 0; n < bound; n++) begin();
    const dropped = (): number =>
      points.filter(([name]) => name === METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED).length;
    expect([entries.length, dropped()]).toEqual([10_000, 0]);
    begin();
    expect([entries.length, dropped()]).toEqual([10_001, 1]);
    expect(entries.at(-1)).toMatchObject({ outcome: 'unknown', error: 'never_answered' });
  });

  test('strict writes a request entry first and refuses the call when it cannot (I10)', () => {
    const good = aRecorder('strict');
    good.recorder.end(good.recorder.begin(aCall({ name: 'echo' })), { type: 'result', result: {} });
    expect(good.entries.map(({ phase }) => phase)).toEqual(['request', 'result']);
    expect(good.entries[1]?.ref).toBe(good.entries[0]?.id);
    expect(aRecorder('strict', false).recorder.begin(aCall({ name: 'echo' })).admitted).toBe(false);
  });
});

describe('what was redacted', () => {
  const github = `gh${'p_'}${'aB3'.repeat(12)}`;
  const stripe = `sk_${'live_'}${'aB3'.repeat(8)}`;

  test('is told by rule and direction on span, event and metrics, and each leaf names the rule set', async () => {
    const { recorder, records, entries } = aRecorder();
    const call = recorder.begin(aCall({ name: 'echo', arguments: { a: github, b: github } }));
    recorder.end(call, { type: 'result', result: { content: [{ text: `${github} ${stripe}` }] } });
    await answered();
    const [record] = records;
    if (record === undefined) throw new Error('no record');
    expect(entries[0]?.rules).toMatch(/^\d+\.\d+\+[0-9a-f]{8}$/);
    expect(entries[0]?.rules).toBe(createRedactor().rules);
    expect(callAttributes(record)).toMatchObject({
      'mcp_logbook.redaction.count': 4,
      'mcp_logbook.redaction.rules': ['github-token', 'stripe-key'],
    });
    const event = callEvent(record);
    expect(event.attributes).toMatchObject({ 'mcp_logbook.redaction.count': 4 });
    expect(checkEvent({ ...event, traceId: TRACE, spanId: SPAN })).toEqual([]);
    const points: string[] = [];
    callPoints(record, (metric, value, labels) => {
      if (metric.startsWith('mcp_logbook.redaction'))
        points.push(`${metric} ${Object.values(labels).join(' ')} ${value}`);
    });
    expect(points).toEqual([
      'mcp_logbook.redactions github-token request 2',
      'mcp_logbook.redactions github-token response 1',
      'mcp_logbook.redactions stripe-key response 1',
    ]);
    expect(JSON.stringify([record, entries])).not.toContain('aB3aB3aB3');
  });

  test('in the text of an error counts as well, and what of it was cut unread is an incident', async () => {
    const { recorder, records } = aRecorder();
    const message = `${github} ${'word '.repeat(20_000)}`;
    recorder.end(recorder.begin(aCall({ name: 'echo' })), { type: 'error', code: -32000, message });
    await answered();
    const [record] = records;
    if (record === undefined) throw new Error('no record');
    expect(record.redactions).toEqual([
      { direction: 'response', rule: 'github-token', count: expect.any(Number) },
    ]);
    const incidents: unknown[] = [];
    callPoints(record, (metric, _value, labels) => {
      if (metric === 'mcp_logbook.redaction.incidents') incidents.push(Object.values(labels));
    });
    expect(incidents).toEqual([['truncated']]);
    expect(callAttributes(record)).toMatchObject({ 'mcp_logbook.redaction.truncated': true });
  });
});

test('traceparent parses strictly and formats back', () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, sampled: true })).toBe(text);
  for (const bad of [
    `ff-${TRACE}-${SPAN}-01`,
    `${text}-x`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    text.toUpperCase(),
    7,
  ])
    expect(parseTraceparent(bad)).toBeUndefined();
});
