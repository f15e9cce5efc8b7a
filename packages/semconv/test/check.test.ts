import { describe, expect, test } from 'vitest';
import {
  actionOfTool,
  checkEvent,
  checkMetric,
  checkSpan,
  DURATION_BUCKETS,
  entryKindOf,
  type CheckedEvent,
  type CheckedMetric,
  type CheckedSpan,
} from '../src/index.ts';

const aSpan = (
  change: Partial<CheckedSpan> = {},
  attributes: Record<string, unknown> = {},
): CheckedSpan => ({
  name: 'tools/call echo',
  kind: 'server',
  statusCode: 'unset',
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  ...change,
  attributes: {
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'echo',
    'gen_ai.operation.name': 'execute_tool',
    'jsonrpc.request.id': '7',
    ...change.attributes,
    ...attributes,
  },
});
const anEvent = (change: Partial<CheckedEvent> = {}): CheckedEvent => ({
  eventName: 'mcp_logbook.call',
  severityNumber: 9,
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  attributes: { 'mcp.method.name': 'ping', 'mcp_logbook.outcome': 'success' },
  ...change,
});
const aPoint = (change: Partial<CheckedMetric> = {}): CheckedMetric => ({
  name: 'mcp.server.operation.duration',
  unit: 's',
  type: 'histogram',
  boundaries: DURATION_BUCKETS,
  attributes: { 'mcp.method.name': 'ping' },
  ...change,
});

describe('checkSpan', () => {
  test('a plain tool call passes', () => {
    expect(checkSpan(aSpan())).toEqual([]);
  });

  test.each<[string, CheckedSpan]>([
    ['an unknown attribute', aSpan({}, { 'mcp.colour': 'blue' })],
    ['a number where text belongs', aSpan({}, { 'jsonrpc.request.id': 7 })],
    ['an empty text', aSpan({}, { 'mcp.session.id': '' })],
    ['a size that is no integer', aSpan({}, { 'mcp_logbook.request.size': 1.5 })],
    ['a name without its target', aSpan({ name: 'tools/call' })],
    ['status ok', aSpan({ statusCode: 'ok' })],
    ['status error without error.type', aSpan({ statusCode: 'error' })],
    ['error.type without status error', aSpan({}, { 'error.type': 'tool_error' })],
    [
      'a caller mistake as server error',
      aSpan({ statusCode: 'error' }, { 'error.type': '-32602' }),
    ],
    [
      'tool text in the status',
      aSpan({ statusCode: 'error', statusMessage: 'x' }, { 'error.type': 'tool_error' }),
    ],
    ['a malformed trace id', aSpan({ traceId: 'AB'.repeat(16) })],
    ['a client name of 129 characters', aSpan({}, { 'mcp_logbook.client.name': 'x'.repeat(129) })],
    ['an inherited property name as key', aSpan({}, { constructor: 'x' })],
  ])('%s is found', (_, span) => {
    expect(checkSpan(span)).not.toEqual([]);
  });

  test('a client span may carry the code of a caller mistake', () => {
    expect(
      checkSpan(
        aSpan(
          { kind: 'client', statusCode: 'error', statusMessage: 'no such tool' },
          { 'error.type': '-32602' },
        ),
      ),
    ).toEqual([]);
  });
});

describe('checkEvent', () => {
  test('a call event passes', () => {
    expect(checkEvent(anEvent())).toEqual([]);
  });

  test.each<[string, CheckedEvent]>([
    ['an unknown name', anEvent({ eventName: 'mcp_logbook.calls' })],
    ['a call without trace', { ...anEvent(), traceId: '' }],
    ['an unlisted severity', anEvent({ severityNumber: 10 })],
    ['ERROR without error.type', anEvent({ severityNumber: 17 })],
    [
      'an unknown outcome',
      anEvent({ attributes: { 'mcp.method.name': 'ping', 'mcp_logbook.outcome': 'ok' } }),
    ],
    ['a missing outcome', anEvent({ attributes: { 'mcp.method.name': 'ping' } })],
  ])('%s is found', (_, event) => {
    expect(checkEvent(event)).not.toEqual([]);
  });
});

describe('checkMetric', () => {
  test('an operation duration passes', () => {
    expect(checkMetric(aPoint())).toEqual([]);
  });

  test.each<[string, CheckedMetric]>([
    [
      'a session id as label',
      aPoint({ attributes: { 'mcp.method.name': 'ping', 'mcp.session.id': 's' } }),
    ],
    ['a method a peer invented', aPoint({ attributes: { 'mcp.method.name': 'evil/one' } })],
    ['another unit', aPoint({ unit: 'ms' })],
    ['another instrument', aPoint({ type: 'counter' })],
    ['other buckets', aPoint({ boundaries: [1, 2] })],
    ['a missing method', aPoint({ attributes: {} })],
    ['an unknown metric', aPoint({ name: 'mcp.server.calls' })],
  ])('%s is found', (_, metric) => {
    expect(checkMetric(metric)).not.toEqual([]);
  });
});

test('annotations decide the action of a tool call', () => {
  expect(actionOfTool(undefined)).toBe('execute');
  expect(actionOfTool({ readOnlyHint: true, destructiveHint: true })).toBe('read');
  expect(actionOfTool({ destructiveHint: true })).toBe('delete');
  expect(actionOfTool({ readOnlyHint: false, destructiveHint: false })).toBe('write');
  expect(actionOfTool({ readOnlyHint: false })).toBe('execute');
});

test('only the methods of the table become entries', () => {
  expect(entryKindOf('tools/call')?.kind).toBe('tool.call');
  expect(entryKindOf('tools/list')).toBeUndefined();
  expect(entryKindOf('ping')).toBeUndefined();
});
