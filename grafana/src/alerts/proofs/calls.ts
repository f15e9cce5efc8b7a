/** Proofs of the alerts on calls. */
import {
  born,
  counter,
  counting,
  series,
  showing,
  steadily,
  type Proof,
  type Series,
} from './model.ts';

const SERVER = { deployment_environment_name: 'production', service_name: 'shop' } as const;
const TOOL = { ...SERVER, gen_ai_tool_name: 'search' } as const;
const CALL = { ...TOOL, mcp_method_name: 'tools/call', instance: 'a', job: 'shop' } as const;

function durations(labels: Readonly<Record<string, string>>, values: string): Series {
  return series('mcp_server_operation_duration_seconds_count', { ...CALL, ...labels }, values);
}

/** Cumulative buckets: what lies under `bound` by phase, everything else under `next`. */
function histogram(
  name: string,
  labels: Readonly<Record<string, string>>,
  [bound, next]: readonly [string, string],
  under: string,
  all: string,
): readonly Series[] {
  return [
    series(`${name}_bucket`, { ...labels, le: bound }, under),
    series(`${name}_bucket`, { ...labels, le: next }, all),
    series(`${name}_bucket`, { ...labels, le: '+Inf' }, all),
    series(`${name}_count`, labels, all),
  ];
}

const DURATION = 'mcp_server_operation_duration_seconds';
const SIZE = 'mcp_logbook_message_size_bytes';
const RESPONSE = { ...CALL, mcp_logbook_direction: 'response' } as const;
const MIB = 1_048_576;

/** All of them. */
export const callProofs: readonly Proof[] = [
  {
    alert: 'ToolErrorRateHigh',
    quiet: [
      // 1 of 21 is under 5 %.
      [durations({}, steadily(20)), durations({ error_type: 'tool_error' }, counting(0, 1))],
      // Every call fails, but ten calls prove nothing.
      [durations({ error_type: 'tool_error' }, counting(0, 1))],
    ],
    loud: [durations({}, steadily(9)), durations({ error_type: 'tool_error' }, counting(0, 1))],
    labels: TOOL,
    value: '10%',
  },
  {
    alert: 'ServerErrorRateHigh',
    quiet: [[durations({}, steadily(16)), durations({ error_type: '-32603' }, counting(0, 5))]],
    loud: [durations({}, steadily(10)), durations({ error_type: '-32603' }, counting(0, 10))],
    labels: SERVER,
    value: '50%',
  },
  {
    alert: 'InternalErrorSpike',
    quiet: [
      [durations({ rpc_response_status_code: '-32603' }, counting(0, 1))],
      [durations({ rpc_response_status_code: '-32602' }, counting(0, 10))],
    ],
    loud: [durations({ rpc_response_status_code: '-32603' }, counting(0, 2))],
    labels: SERVER,
    value: '10',
  },
  {
    alert: 'ToolLatencyHigh',
    quiet: [histogram(DURATION, CALL, ['5', '10'], steadily(10), steadily(10))],
    loud: histogram(DURATION, CALL, ['5', '10'], counting(10, 0), steadily(10)),
    labels: TOOL,
    value: '9.75s',
  },
  {
    alert: 'CallsPilingUp',
    quiet: [[series('mcp_logbook_operation_active', CALL, showing(2, 50))]],
    loud: [series('mcp_logbook_operation_active', CALL, showing(2, 60))],
    labels: TOOL,
    value: '60',
  },
  {
    alert: 'EventLoopSlow',
    quiet: [[series('nodejs_eventloop_delay_p99_seconds', CALL, showing(0.01, 0.1))]],
    loud: [series('nodejs_eventloop_delay_p99_seconds', CALL, showing(0.01, 0.25))],
    labels: { ...SERVER, instance: 'a' },
    value: '250ms',
  },
  {
    alert: 'ResultsHuge',
    quiet: [histogram(SIZE, RESPONSE, [String(MIB), String(4 * MIB)], steadily(10), steadily(10))],
    loud: histogram(SIZE, RESPONSE, [String(MIB), String(4 * MIB)], counting(10, 0), steadily(10)),
    fires: 69,
    labels: TOOL,
    value: '3.97Mi',
  },
  {
    alert: 'ContextBudgetExceeded',
    quiet: [[series(`${SIZE}_sum`, RESPONSE, steadily(4 * MIB))]],
    loud: [series(`${SIZE}_sum`, RESPONSE, counting(0, 20 * MIB))],
    fires: 69,
    labels: TOOL,
    value: '600Mi',
  },
  {
    alert: 'SessionsRejected',
    quiet: [
      [
        durations(
          { mcp_method_name: 'initialize', rpc_response_status_code: '-32602' },
          counter([0, 40], [4, 1], [0, 139]),
        ),
      ],
      [durations({ mcp_method_name: 'initialize' }, counting(0, 10))],
    ],
    loud: [
      durations(
        { mcp_method_name: 'initialize', rpc_response_status_code: '-32602' },
        counting(0, 1),
      ),
    ],
    labels: SERVER,
    value: '10',
  },
  {
    alert: 'RemovedProtocolInUse',
    quiet: [[durations({ mcp_protocol_version: '2025-11-25' }, counting(1, 5))]],
    loud: [durations({ mcp_protocol_version: '2024-11-05' }, born(3))],
    labels: { ...SERVER, mcp_protocol_version: '2024-11-05' },
    value: '3',
  },
  {
    alert: 'ServerSilent',
    quiet: [
      [durations({ network_transport: 'tcp' }, steadily(1))],
      // A stdio server ends with its client.
      [durations({ network_transport: 'pipe' }, counter([1, 100], [undefined, 80]))],
    ],
    loud: [durations({ network_transport: 'tcp' }, counter([1, 100], [undefined, 60], [1, 60]))],
    before: 99,
    fires: 130,
    clears: 175,
    labels: SERVER,
    value: '1',
  },
  {
    alert: 'RefusedTokensBurst',
    quiet: [
      [
        series(
          'mcp_logbook_auth_events_total',
          { ...SERVER, instance: 'a', mcp_logbook_auth_event: 'bearer_refused' },
          counting(0, 4),
        ),
      ],
      [
        series(
          'mcp_logbook_auth_events_total',
          { ...SERVER, instance: 'a', mcp_logbook_auth_event: 'login' },
          counting(0, 100),
        ),
      ],
    ],
    loud: [
      series(
        'mcp_logbook_auth_events_total',
        {
          ...SERVER,
          instance: 'a',
          mcp_logbook_auth_event: 'bearer_refused',
          mcp_logbook_auth_reason: 'invalid_token',
        },
        counting(0, 10),
      ),
    ],
    labels: SERVER,
    value: '50',
  },
];
