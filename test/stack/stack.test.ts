/**
 * Everything produced by 2,000 calls on five real servers is read back from its store by the store's own language:
 * spans from Tempo, log records from Loki, points from Prometheus, audit records from the central log (exactly once).
 *
 * What was produced is what the traffic maker noted as the client; nothing here is taken from the servers' own word.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entryKindOf } from '@mcp-logbook/semconv';
import { mcpLogbook } from '../harness/cli.ts';
import { asRecord } from '../harness/json.ts';
import { stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { foundSpans, logLines, promSamples, until } from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';
import { type Noted, readNotes, startTraffic } from '../harness/traffic.ts';
import { verifies } from '../requirements.ts';

verifies('M4.1');

const CALLS = 2_000;
const MINUTE = 60_000;

/** What log, record and span call the end that a client saw. */
const OUTCOMES: Readonly<Record<string, string>> = {
  success: 'success',
  tool_error: 'failure',
  protocol_error: 'failure',
  cancelled: 'failure',
  timeout: 'failure',
};

const without = missingParts('sink', 'collector', 'loki', 'prometheus');
const withoutTempo = missingParts('tempo');

let stack: Stack;
let notes: readonly Noted[] = [];
let fromMs = 0;

beforeAll(async () => {
  if (without !== undefined) return;
  const sandbox = aSandbox();
  stack = await startStack({
    folder: join(sandbox.root, 'stack'),
    parts: ['sink', 'collector', 'loki', 'tempo', 'prometheus'],
  });
  fromMs = Date.now() - MINUTE;
  const file = join(sandbox.root, 'record.jsonl');
  const traffic = startTraffic(
    ['--calls', String(CALLS), '--rate', '0', '--seed', '7', '--record', file],
    { ...sandbox.env, ...stack.senderEnv },
  );
  const { code } = await traffic.gone(500_000);
  expect([code, traffic.stderr]).toEqual([0, '']);
  notes = readNotes(file);
}, 600_000);
afterAll(async () => {
  await stopProcesses();
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

const range = (): { fromMs: number; toMs: number } => ({ fromMs, toMs: Date.now() + MINUTE });
/** Reached its server: a refused one has no MCP message. */
const arrived = (note: Noted): boolean => note.outcome !== 'refused';

/** How often each text occurs. */
function counts(texts: readonly string[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const text of texts) result[text] = (result[text] ?? 0) + 1;
  return result;
}

/** The texts of `wanted` that `found` lacks or has too often; empty = the same multiset. */
function difference(wanted: readonly string[], found: readonly string[]): string[] {
  const left = counts(found);
  const missing = wanted.filter((text) => {
    const have = left[text] ?? 0;
    if (have > 0) left[text] = have - 1;
    return have === 0;
  });
  const surplus = Object.entries(left).filter(([, count]) => count > 0);
  return [
    ...missing.map((text) => `missing: ${text}`),
    ...surplus.map(([text, count]) => `${count} too many: ${text}`),
  ];
}

describe.skipIf(without !== undefined)(`2,000 calls ${without ?? ''}`, () => {
  test('reach five servers, with every kind of end', () => {
    expect(notes.length).toBeGreaterThan(CALLS);
    expect(Object.keys(counts(notes.map(({ server }) => server))).toSorted()).toEqual([
      'demo-everything',
      'demo-filesystem',
      'demo-memory',
      'demo-reports',
      'demo-shop',
    ]);
    const outcomes = counts(notes.map(({ outcome }) => outcome));
    expect(Object.keys(outcomes).toSorted()).toEqual([
      'cancelled',
      'protocol_error',
      'refused',
      'success',
      'timeout',
      'tool_error',
    ]);
  });

  test('every request is one log record in Loki, with its outcome, and every refusal one', async () => {
    const wanted = notes
      .filter(arrived)
      .map(({ server, traceId, method, outcome }) =>
        [server, traceId, method, OUTCOMES[outcome]].join(' '),
      );
    await until(
      async () => {
        const lines = await logLines(stack.urls.loki, '{mcp_logbook_log_class="call"}', range());
        const found = lines
          .map(({ labels }) => labels)
          .filter((labels) => !labels.get('mcp_method_name')?.startsWith('notifications/'))
          .map((labels) =>
            ['service_name', 'trace_id', 'mcp_method_name', 'mcp_logbook_outcome']
              .map((key) => labels.get(key) ?? '')
              .join(' '),
          );
        return difference(wanted, found);
      },
      (problems) => problems.length === 0,
      60_000,
      (problems) => `${problems?.length} problems: ${problems?.slice(0, 5).join('\n')}`,
    );
    const refused = notes.filter((note) => !arrived(note)).map(({ status }) => String(status));
    await until(
      async () => {
        const lines = await logLines(stack.urls.loki, '{mcp_logbook_log_class="auth"}', range());
        return lines
          .filter(({ labels }) => labels.get('mcp_logbook_auth_event')?.endsWith('_refused'))
          .map(({ labels }) => labels.get('http_response_status_code') ?? '');
      },
      (found) => difference(refused, found).length === 0,
      60_000,
      (found) => `${found?.length} records of ${refused.length} refusals`,
    );
  });

  test('every request is in the histogram of its server and method in Prometheus', async () => {
    const wanted = counts(
      notes
        .filter(arrived)
        .filter(({ direction }) => direction === 'to_server')
        .map(({ server, method }) => `${server} ${method}`),
    );
    const found = await until(
      async () => {
        const samples = await promSamples(
          stack.urls.prometheus,
          'sum by (service_name, mcp_method_name) (last_over_time(mcp_server_operation_duration_seconds_count{service_name!="demo-agents"}[15m]))',
        );
        return Object.fromEntries(
          samples
            .map(({ labels, value }): [string, number] => [
              `${labels.get('service_name')} ${labels.get('mcp_method_name')}`,
              value,
            ])
            .filter(([key]) => !key.includes(' notifications/')),
        );
      },
      (sums) =>
        Object.entries(wanted).every(([key, count]) => {
          const own = key.endsWith('no/such/method')
            ? key.replace('no/such/method', '_OTHER')
            : key;
          return sums[own] === count;
        }),
      60_000,
      (sums) => JSON.stringify({ wanted, sums }),
    );
    expect(Object.keys(found)).toHaveLength(Object.keys(wanted).length);
  });

  test.skipIf(withoutTempo !== undefined)(
    `every request is one client span and one server span in Tempo ${withoutTempo ?? ''}`,
    async () => {
      for (const kind of ['client', 'server'] as const) {
        const wanted = notes
          .filter((note) => arrived(note) || kind === 'client')
          .map(({ traceId, method }) => `${traceId} ${method}`);
        await until(
          async () => {
            const spans = await foundSpans(
              stack.urls.tempo,
              `{ span.mcp.method.name != nil && kind = ${kind} } | select(span.mcp.method.name)`,
              range(),
            );
            const found = spans
              .map(({ traceId, attributes }) => `${traceId} ${attributes.get('mcp.method.name')}`)
              .filter((text) => !text.includes(' notifications/'));
            return difference(wanted, found);
          },
          (problems) => problems.length === 0,
          60_000,
          (problems) =>
            `${kind}: ${problems?.length} problems: ${problems?.slice(0, 5).join('\n')}`,
        );
      }
    },
  );

  test('every audit record has a searchable copy in Loki, without its payload', async () => {
    const wanted = notes
      .filter(({ method }) => entryKindOf(method) !== undefined)
      .map(({ traceId, method }) => `${traceId} ${entryKindOf(method)?.kind}`);
    await until(
      async () => {
        const lines = await logLines(stack.urls.loki, '{mcp_logbook_log_class="audit"}', range());
        expect(lines.filter(({ labels }) => labels.has('mcp_logbook_payload'))).toEqual([]);
        expect(lines.filter(({ labels }) => labels.has('mcp_logbook_payload_sealed'))).toEqual([]);
        // The way there is at least once: a batch may come again.
        const found = lines.map(
          ({ labels }) => `${labels.get('trace_id')} ${labels.get('mcp_logbook_kind')}`,
        );
        const distinct = counts(found);
        return wanted.filter((text) => distinct[text] === undefined);
      },
      (missing) => missing.length === 0,
      60_000,
      (missing) => `${missing?.length} have none: ${missing?.slice(0, 5).join('\n')}`,
    );
  });

  test('every entry is in the central log exactly once, with its kind and outcome, and the log verifies', async () => {
    const central = join(stack.folder.data('sink'));
    const wanted = [
      ...notes.flatMap(({ traceId, method, outcome }) => {
        const kind = entryKindOf(method)?.kind;
        return kind === undefined ? [] : [`${traceId} ${kind} ${OUTCOMES[outcome]}`];
      }),
      ...notes
        .filter((note) => !arrived(note))
        .map(({ status }) => ` ${status === 401 ? 'auth.failure' : 'authz.denied'} denied`),
    ];
    const kinds = new Set(wanted.map((text) => text.split(' ')[1]));
    await until(
      async () => {
        const query = ['query', '--dir', central, '--json', '--limit', '1000000'];
        const leaves = mcpLogbook(query)
          .stdout.split('\n')
          .filter((line) => line !== '')
          .map((line) => asRecord(asRecord(JSON.parse(line))['leaf']))
          .filter((leaf) => kinds.has(String(leaf['kind'])))
          // Of configuration, what a request set: not that the definitions of a server are others.
          .filter((leaf) => leaf['kind'] !== 'config.changed' || leaf['action'] === 'set');
        const text = (value: unknown): string => (typeof value === 'string' ? value : '');
        const found = leaves.map((leaf) =>
          [text(leaf['trace']), text(leaf['kind']), text(leaf['outcome'])].join(' '),
        );
        return await Promise.resolve(difference(wanted, found));
      },
      (problems) => problems.length === 0,
      60_000,
      (problems) => `${problems?.length} problems: ${problems?.slice(0, 5).join('\n')}`,
    );
    const { code, stdout } = mcpLogbook(['verify', '--dir', central]);
    expect([code, stdout]).toEqual([0, stdout]);
  });
});
