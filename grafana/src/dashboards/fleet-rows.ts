/** Lower half of Fleet: sessions, saturation, the processes themselves. */
import {
  METRIC_MCP_CLIENT_OPERATION_DURATION,
  METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION,
  METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
  METRIC_MCP_LOGBOOK_SESSION_ACTIVE,
  METRIC_NODEJS_EVENTLOOP_DELAY_P99,
  METRIC_V8JS_MEMORY_HEAP_USED,
} from '@mcp-logbook/semconv';
import { toDashboard } from '../panels/links.ts';
import type { Row } from '../panels/model.ts';
import { countBy, logs } from '../queries/logql.ts';
import {
  aggregate,
  countOf,
  increase,
  namedZero,
  orZero,
  own,
  quantileOf,
  sumBy,
} from '../queries/promql.ts';
import { CALLS, allCallLines, HERE, loki, prom, promNow, RANGE, SESSIONS, STEP } from './common.ts';
import type { OwnMetric } from '../queries/series.ts';
import { SPEAKING_STATE } from './silence.ts';

/** Q16. */
export const sessionRow: Row = {
  title: 'Sessions and protocol',
  panels: [
    {
      title: 'Open sessions by transport',
      questions: [16],
      shows: 'pipe is stdio, tcp is HTTP.',
      red: 'A climb that never falls: clients leave without closing.',
      queries: [
        prom(
          sumBy(['network_transport'], own(METRIC_MCP_LOGBOOK_SESSION_ACTIVE, HERE)),
          '{{network_transport}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'stacked' },
      unit: 'locale',
      decimals: 0,
      width: 6,
      height: 7,
    },
    {
      title: 'Session length',
      questions: [16],
      shows:
        'How long closed sessions lasted. Buckets end at five minutes: longer ones count as that.',
      red: 'Very short sessions in numbers are reconnects: a client that cannot stay connected.',
      queries: [0.5, 0.95].map((q) => prom(quantileOf(q, SESSIONS, [], HERE, STEP), `p${q * 100}`)),
      view: { kind: 'timeseries' },
      unit: 's',
      width: 6,
      height: 7,
    },
    {
      title: 'Sessions opened',
      questions: [16],
      shows: 'Sessions opened, by server: a high number with few clients is reconnecting.',
      red: 'Find the client in Clients and users; look for a proxy that cuts idle connections.',
      queries: [
        loki(
          countBy(
            ['service_name'],
            logs('app', HERE, ['mcp_logbook_session_state="opened"']),
            '$__auto',
          ),
          '{{service_name}}',
        ),
      ],
      interval: '1m',
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 6,
      height: 7,
    },
    {
      title: 'Protocol versions',
      questions: [16],
      shows: 'Requests in the time range by negotiated protocol version.',
      red: 'A version you no longer support: Clients and users names who still speaks it.',
      queries: [
        promNow(
          sumBy(
            ['mcp_protocol_version'],
            increase(countOf(CALLS, [...HERE, 'mcp_protocol_version!=""']), RANGE),
          ),
          '{{mcp_protocol_version}}',
        ),
      ],
      view: { kind: 'pie' },
      unit: 'locale',
      decimals: 0,
      width: 6,
      height: 7,
    },
  ],
};

/** Calls that somebody gave up waiting for, or that were too many, by kind. */
const IMPATIENT = (metric: OwnMetric): string =>
  sumBy(
    ['error_type'],
    increase(
      countOf(metric, [...HERE, 'error_type=~"(?i).*timeout.*|cancelled|429|rate_limit.*"']),
      STEP,
    ),
  );

/** Q17. */
export const saturationRow: Row = {
  title: 'Saturation',
  panels: [
    {
      title: 'Calls in flight',
      questions: [17],
      shows: 'Calls begun and not ended, by server.',
      red: 'A plateau is a limit reached: of the server, or of what it waits for.',
      queries: [
        prom(
          sumBy(['service_name'], own(METRIC_MCP_LOGBOOK_OPERATION_ACTIVE, HERE)),
          '{{service_name}}',
        ),
      ],
      view: { kind: 'timeseries' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 7,
    },
    {
      title: 'Timeouts and rate limits',
      questions: [17],
      shows:
        'Calls that ran out of time or were refused for their number, as the server saw it and, where clients send telemetry, as they saw it.',
      red: 'Timeouts: open the traces of the tool. Rate limits: Clients and users names who sends too much.',
      queries: [
        prom(orZero(IMPATIENT(CALLS), 'error_type'), 'server: {{error_type}}'),
        prom(
          orZero(IMPATIENT(METRIC_MCP_CLIENT_OPERATION_DURATION), 'error_type'),
          'client: {{error_type}}',
        ),
      ],
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 7,
    },
    {
      title: 'Cancelled calls',
      questions: [17],
      shows: 'Calls that the client gave up. They are no errors of the server.',
      red: 'Many at one server: it answers too slowly for the people or agents who wait.',
      queries: [
        loki(
          `${countBy(
            ['service_name'],
            allCallLines(
              'mcp_logbook_outcome="failure"',
              'error_type=""',
              'rpc_response_status_code=""',
            ),
            '$__auto',
          )} or ${namedZero('service_name')}`,
          '{{service_name}}',
        ),
      ],
      interval: '1m',
      view: { kind: 'timeseries', style: 'bars' },
      unit: 'locale',
      decimals: 0,
      width: 8,
      height: 7,
    },
  ],
};

/** Q25, Q27. */
export const processRow: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'Heard of',
      questions: [27],
      shows: 'Green while a server sends metrics, red while it is silent; servers of the last day.',
      red: 'Stopped on purpose: nothing to do. Otherwise its host first, then the way to the collector.',
      queries: [prom(SPEAKING_STATE, '{{service_name}}')],
      view: { kind: 'states' },
      unit: 'none',
      steps: [{ color: 'red' }, { from: 1, color: 'green' }],
      mappings: [
        { value: '0', text: 'silent', color: 'red' },
        { value: '1', text: 'sending', color: 'green' },
      ],
      links: [toDashboard('pipeline', 'Pipeline health')],
      width: 8,
      height: 7,
    },
    {
      title: 'Time to enter an entry',
      questions: [25],
      shows: 'What the logbook costs each call on the server: the time to append its entry.',
      red: 'Above 10 ms the disk is slow or full: see Disk in Pipeline health.',
      queries: [0.5, 0.99].map((q) =>
        prom(quantileOf(q, METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION, [], HERE, STEP), `p${q * 100}`),
      ),
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 0.01, color: 'red' }],
      width: 8,
      height: 7,
    },
    {
      title: 'Event loop delay',
      questions: [25],
      shows: 'p99 of the delay of the event loop, by server.',
      red: 'Above 100 ms every call of that server waits: something computes on the main thread.',
      queries: [
        prom(
          aggregate('max', ['service_name'], own(METRIC_NODEJS_EVENTLOOP_DELAY_P99, HERE)),
          '{{service_name}}',
        ),
      ],
      view: { kind: 'timeseries', limitLine: true },
      unit: 's',
      steps: [{ color: 'green' }, { from: 0.1, color: 'red' }],
      width: 4,
      height: 7,
    },
    {
      title: 'Heap',
      questions: [25],
      shows: 'Heap in use, by server.',
      red: 'A saw that climbs is a leak: restart in a quiet hour, then take a heap snapshot.',
      queries: [
        prom(sumBy(['service_name'], own(METRIC_V8JS_MEMORY_HEAP_USED, HERE)), '{{service_name}}'),
      ],
      view: { kind: 'timeseries' },
      unit: 'bytes',
      width: 4,
      height: 7,
    },
  ],
};
