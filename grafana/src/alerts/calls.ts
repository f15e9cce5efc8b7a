/** Alerts on calls: errors and latency by tool, servers that reject, pile up or fall silent. Questions 2, 3, 5, 14 to 17, 25, 27. */
import { grown } from '../queries/grown.ts';
import type { AlertBody, Clock } from './model.ts';
import { THRESHOLDS } from './thresholds.ts';

const DURATION = 'mcp_server_operation_duration_seconds';
const SIZE = 'mcp_logbook_message_size_bytes';
/** One server of one environment. */
const SERVER = ['deployment_environment_name', 'service_name'] as const;
/** One tool of one server. */
const TOOL = [...SERVER, 'gen_ai_tool_name'] as const;

/** All of them. */
export function callAlerts(t: Clock): readonly AlertBody[] {
  return [...failing(t), ...slow(t), ...large(t), ...connections(t)];
}

function failing(t: Clock): readonly AlertBody[] {
  const { toolErrors, serverErrors, internalErrors } = THRESHOLDS;
  const toolWindow = t(toolErrors.window);
  const toolCalls = grown(`${DURATION}_count{mcp_method_name="tools/call"}`, toolWindow, TOOL);
  const toolFailures = grown(
    `${DURATION}_count{mcp_method_name="tools/call",error_type!=""}`,
    toolWindow,
    TOOL,
  );
  const serverWindow = t(serverErrors.window);
  const calls = grown(`${DURATION}_count`, serverWindow, SERVER);
  const failures = grown(`${DURATION}_count{error_type!=""}`, serverWindow, SERVER);
  return [
    {
      name: 'ToolErrorRateHigh',
      source: 'prometheus',
      question: 2,
      severity: 'warning',
      query: `(${toolFailures} / ${toolCalls}) and (${toolCalls} >= ${toolErrors.leastCalls})`,
      op: '>',
      threshold: toolErrors.ratio,
      for: t(toolErrors.for),
      range: toolWindow,
      summary: '{value:percent} of the calls of {gen_ai_tool_name} on {service_name} fail',
      description: `{value:percent} of the calls of the tool {gen_ai_tool_name} on {service_name} ended with an error within ${toolWindow} (objective: at most ${percent(toolErrors.ratio)}).`,
    },
    {
      name: 'ServerErrorRateHigh',
      source: 'prometheus',
      question: 2,
      severity: 'critical',
      query: `(${failures} / ${calls}) and (${calls} >= ${serverErrors.leastCalls})`,
      op: '>',
      threshold: serverErrors.ratio,
      for: t(serverErrors.for),
      range: serverWindow,
      summary: '{value:percent} of all requests to {service_name} fail',
      description: `{value:percent} of all requests to {service_name}, whatever the method, ended with an error within ${serverWindow} (limit ${percent(serverErrors.ratio)}).`,
    },
    {
      name: 'InternalErrorSpike',
      source: 'prometheus',
      question: 5,
      severity: 'warning',
      query: grown(
        `${DURATION}_count{rpc_response_status_code="-32603"}`,
        t(internalErrors.window),
        SERVER,
      ),
      op: '>',
      threshold: internalErrors.count,
      for: '0s',
      range: t(internalErrors.window),
      summary: '{service_name} answered {value} requests with "internal error"',
      description: `{service_name} answered {value} requests with JSON-RPC -32603 within ${t(internalErrors.window)} (limit ${internalErrors.count}). The fault is in the server, never in the caller.`,
    },
  ];
}

function slow(t: Clock): readonly AlertBody[] {
  const { toolLatency, activeCalls, eventLoop } = THRESHOLDS;
  const window = t(toolLatency.window);
  const selector = `{mcp_method_name="tools/call"}`;
  const buckets = grown(`${DURATION}_bucket${selector}`, window, [...TOOL, 'le']);
  const calls = grown(`${DURATION}_count${selector}`, window, TOOL);
  return [
    {
      name: 'ToolLatencyHigh',
      source: 'prometheus',
      question: 3,
      severity: 'warning',
      query: `histogram_quantile(0.95, ${buckets}) and (${calls} >= ${toolLatency.leastCalls})`,
      op: '>',
      threshold: toolLatency.p95Seconds,
      for: t(toolLatency.for),
      range: window,
      summary: 'p95 of {gen_ai_tool_name} on {service_name} is {value:duration}',
      description: `One in twenty calls of {gen_ai_tool_name} on {service_name} takes longer than {value:duration} (objective: p95 of ${toolLatency.p95Seconds} s).`,
    },
    {
      name: 'CallsPilingUp',
      source: 'prometheus',
      question: 17,
      severity: 'warning',
      query: `sum by (${TOOL.join(', ')}) (mcp_logbook_operation_active)`,
      op: '>',
      threshold: activeCalls.count,
      for: t(activeCalls.for),
      range: '5m',
      summary: '{value} calls of {gen_ai_tool_name} are open on {service_name}',
      description: `{service_name} has {value} calls of {gen_ai_tool_name} begun and not ended, for ${t(activeCalls.for)} (limit ${activeCalls.count}). It waits for something that does not answer, or clients call faster than it can.`,
    },
    {
      name: 'EventLoopSlow',
      source: 'prometheus',
      question: 25,
      severity: 'warning',
      query: `max by (${SERVER.join(', ')}, instance) (nodejs_eventloop_delay_p99_seconds)`,
      op: '>',
      threshold: eventLoop.p99Seconds,
      for: t(eventLoop.for),
      range: '5m',
      summary: 'The event loop of {service_name} is {value:duration} late',
      description: `p99 of the event loop's delay in {service_name} ({instance}) is {value:duration} (limit ${eventLoop.p99Seconds * 1000} ms): everything this process answers waits that long.`,
    },
  ];
}

function large(t: Clock): readonly AlertBody[] {
  const { resultSize, contextBudget } = THRESHOLDS;
  const response = '{mcp_logbook_direction="response",mcp_method_name="tools/call"}';
  const window = t(resultSize.window);
  const buckets = grown(`${SIZE}_bucket${response}`, window, [...TOOL, 'le']);
  const results = grown(`${SIZE}_count${response}`, window, TOOL);
  return [
    {
      name: 'ResultsHuge',
      source: 'prometheus',
      question: 14,
      severity: 'info',
      query: `histogram_quantile(0.99, ${buckets}) and (${results} >= ${resultSize.leastCalls})`,
      op: '>',
      threshold: resultSize.p99Bytes,
      for: t(resultSize.for),
      range: window,
      summary: '{gen_ai_tool_name} on {service_name} returns results of {value:bytes}',
      description: `One in a hundred results of {gen_ai_tool_name} on {service_name} is larger than {value:bytes} (limit 1 MiB).`,
    },
    {
      name: 'ContextBudgetExceeded',
      source: 'prometheus',
      question: 15,
      severity: 'info',
      query: grown(`${SIZE}_sum${response}`, t(contextBudget.window), TOOL),
      op: '>',
      threshold: contextBudget.bytes,
      for: '0s',
      range: t(contextBudget.window),
      summary: '{gen_ai_tool_name} on {service_name} returned {value:bytes} in an hour',
      description: `{gen_ai_tool_name} on {service_name} returned {value:bytes} within ${t(contextBudget.window)} (budget 256 MiB). Somebody pays for reading it.`,
    },
  ];
}

function connections(t: Clock): readonly AlertBody[] {
  const { rejectedSessions, removedProtocols, serverSilent } = THRESHOLDS;
  const handshakes = `${DURATION}_count{mcp_method_name=~"initialize|server/discover",rpc_response_status_code!=""}`;
  const overHttp = `${DURATION}_count{network_transport="tcp"}`;
  const by = `group by (${SERVER.join(', ')})`;
  return [
    {
      name: 'SessionsRejected',
      source: 'prometheus',
      question: 16,
      severity: 'warning',
      query: grown(handshakes, t(rejectedSessions.window), SERVER),
      op: '>',
      threshold: rejectedSessions.count,
      for: '0s',
      range: t(rejectedSessions.window),
      summary: '{service_name} rejected {value} handshakes',
      description: `{service_name} answered {value} handshakes with an error within ${t(rejectedSessions.window)} (limit ${rejectedSessions.count}). Usually a client that speaks a protocol version the server does not.`,
    },
    {
      name: 'RemovedProtocolInUse',
      source: 'prometheus',
      question: 16,
      severity: 'info',
      query: grown(
        `${DURATION}_count{mcp_protocol_version=~"${removedProtocols.pattern}"}`,
        t(removedProtocols.window),
        [...SERVER, 'mcp_protocol_version'],
      ),
      op: '>',
      threshold: 0,
      for: '0s',
      range: t(removedProtocols.window),
      summary: 'Clients of {service_name} still speak MCP {mcp_protocol_version}',
      description: `{value} requests to {service_name} within ${t(removedProtocols.window)} spoke MCP {mcp_protocol_version}, which is no longer maintained.`,
    },
    {
      name: 'ServerSilent',
      source: 'prometheus',
      question: 27,
      severity: 'warning',
      query: `${by} (present_over_time(${overHttp}[${t(serverSilent.seenWithin)}])) unless ${by} (present_over_time(${overHttp}[${t(serverSilent.silentFor)}]))`,
      op: '>',
      threshold: 0,
      for: t(serverSilent.for),
      range: t(serverSilent.seenWithin),
      summary: '{service_name} has stopped sending metrics',
      description: `The HTTP server {service_name} was seen within ${t(serverSilent.seenWithin)}, and has sent nothing for ${t(serverSilent.silentFor)}. It is down, or its telemetry does not get through.`,
    },
  ];
}

function percent(ratio: number): string {
  return `${ratio * 100} %`;
}
