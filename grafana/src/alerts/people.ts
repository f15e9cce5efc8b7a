/**
 * Alerts on people, clients and addresses: LogQL on the events, because no metric may carry a person, and PromQL where the
 * server as a whole is meant. Questions 6, 7, 10, 11, 18.
 *
 * Events reach Loki with the log class as a label and everything else as structured metadata, dots as `_`. People are
 * pseudonyms, the same on every server of a fleet; plain ids stand beside them only with `MCP_LOGBOOK_IDENTITY=plain`.
 */
import { grown } from '../queries/grown.ts';
import type { AlertBody, Clock } from './model.ts';
import { THRESHOLDS } from './thresholds.ts';

const CALLS = '{mcp_logbook_log_class="call"}';
const AUTH = '{mcp_logbook_log_class="auth"}';
const CONFIG = '{mcp_logbook_log_class="config"}';
/** Keeps the records that name somebody. */
const SOMEBODY = '| enduser_pseudo_id!="" or enduser_id!=""';
const PERSON = 'enduser_pseudo_id, enduser_id';

/** All of them. */
export function peopleAlerts(t: Clock): readonly AlertBody[] {
  return [...busy(t), ...refused(t), ...firstSeen(t)];
}

/** LogQL: how many lines within a window, by labels. */
function counted(lines: string, window: string, labels: string, offset = ''): string {
  return `sum by (${labels}) (count_over_time(${lines} [${window}]${offset}))`;
}

function busy(t: Clock): readonly AlertBody[] {
  const { failuresOfPerson, callsOfPerson } = THRESHOLDS;
  return [
    {
      name: 'FailuresOfOnePerson',
      source: 'loki',
      question: 6,
      severity: 'warning',
      query: counted(
        `${CALLS} | mcp_logbook_outcome=~"failure|denied" ${SOMEBODY}`,
        t(failuresOfPerson.window),
        PERSON,
      ),
      op: '>',
      threshold: failuresOfPerson.count,
      for: '0s',
      range: t(failuresOfPerson.window),
      summary: '{value} failed calls of one person ({enduser_pseudo_id}{enduser_id})',
      description: `{enduser_pseudo_id}{enduser_id} had {value} failed or denied calls within ${t(failuresOfPerson.window)}, over all servers (limit ${failuresOfPerson.count}).`,
    },
    {
      name: 'RequestRateOfOnePerson',
      source: 'loki',
      question: 8,
      severity: 'warning',
      query: counted(`${CALLS} ${SOMEBODY}`, t(callsOfPerson.window), PERSON),
      op: '>',
      threshold: callsOfPerson.count,
      for: '0s',
      range: t(callsOfPerson.window),
      summary: '{value} calls of one person ({enduser_pseudo_id}{enduser_id})',
      description: `{enduser_pseudo_id}{enduser_id} made {value} calls within ${t(callsOfPerson.window)}, over all servers (limit ${callsOfPerson.count}): an agent in a loop, or data being drawn off.`,
    },
  ];
}

function refused(t: Clock): readonly AlertBody[] {
  const { refusedTokens, refusedTokensOfAddress, refusedScopes, successAfterFailures } = THRESHOLDS;
  const bearer = `${AUTH} | mcp_logbook_auth_event="bearer_refused" | client_address!=""`;
  const successes = `${CALLS} | mcp_logbook_outcome="success" | client_address!=""`;
  return [
    {
      name: 'RefusedTokensBurst',
      source: 'prometheus',
      question: 6,
      severity: 'warning',
      query: grown(
        'mcp_logbook_auth_events_total{mcp_logbook_auth_event=~"bearer_refused|token_refused"}',
        t(refusedTokens.window),
        ['deployment_environment_name', 'service_name'],
      ),
      op: '>',
      threshold: refusedTokens.count,
      for: '0s',
      range: t(refusedTokens.window),
      summary: '{service_name} refused {value} tokens',
      description: `{service_name} refused {value} tokens within ${t(refusedTokens.window)} (limit ${refusedTokens.count}): somebody guesses, or a roll-out broke the authorization of a client.`,
    },
    {
      name: 'RefusedTokensOfAddress',
      source: 'loki',
      question: 6,
      severity: 'warning',
      query: counted(bearer, t(refusedTokensOfAddress.window), 'client_address'),
      op: '>',
      threshold: refusedTokensOfAddress.count,
      for: '0s',
      range: t(refusedTokensOfAddress.window),
      summary: '{value} refused tokens from {client_address}',
      description: `{client_address} sent {value} refused tokens within ${t(refusedTokensOfAddress.window)}, over all servers (limit ${refusedTokensOfAddress.count}).`,
    },
    {
      name: 'RefusedScopesOfOnePerson',
      source: 'loki',
      question: 6,
      severity: 'warning',
      query: counted(
        `${AUTH} | mcp_logbook_auth_event="scope_refused" ${SOMEBODY}`,
        t(refusedScopes.window),
        PERSON,
      ),
      op: '>',
      threshold: refusedScopes.count,
      for: '0s',
      range: t(refusedScopes.window),
      summary: '{value} times denied: one person ({enduser_pseudo_id}{enduser_id})',
      description: `{enduser_pseudo_id}{enduser_id} was denied {value} times within ${t(refusedScopes.window)} for want of a scope, over all servers (limit ${refusedScopes.count}): feeling for what is allowed.`,
    },
    {
      name: 'SuccessAfterManyFailures',
      source: 'loki',
      question: 6,
      severity: 'critical',
      query: `${counted(bearer, t(successAfterFailures.refusedWithin), 'client_address')} and ${counted(successes, t(successAfterFailures.succeededWithin), 'client_address')}`,
      op: '>',
      threshold: successAfterFailures.refusals - 1,
      for: '0s',
      range: t(successAfterFailures.refusedWithin),
      summary: '{client_address} succeeded after {value} refused tokens',
      description: `{client_address} sent {value} refused tokens within ${t(successAfterFailures.refusedWithin)} and has made successful calls since (within ${t(successAfterFailures.succeededWithin)}): a guess may have worked.`,
    },
  ];
}

function firstSeen(t: Clock): readonly AlertBody[] {
  const { destructiveFirstUse, toolDefinition, sensitiveResources } = THRESHOLDS;
  const destructive = `${CALLS} | mcp_logbook_action="delete" ${SOMEBODY}`;
  const use = `service_name, gen_ai_tool_name, ${PERSON}`;
  const window = t(destructiveFirstUse.window);
  const memory = t(destructiveFirstUse.memory);
  return [
    {
      name: 'DestructiveToolFirstUse',
      source: 'loki',
      question: 7,
      severity: 'info',
      query: `${counted(destructive, window, use)} unless ${counted(destructive, memory, use, ` offset ${window}`)}`,
      op: '>',
      threshold: 0,
      for: '0s',
      // As often as its window: each look reads a week of calls.
      every: destructiveFirstUse.window,
      range: memory,
      summary:
        'First use of destructive tool {gen_ai_tool_name} by {enduser_pseudo_id}{enduser_id}',
      description: `{enduser_pseudo_id}{enduser_id} called the destructive tool {gen_ai_tool_name} on {service_name} {value} times within ${window}, and never in the ${memory} before.`,
    },
    {
      name: 'ToolDefinitionChanged',
      source: 'loki',
      question: 11,
      severity: 'warning',
      query: counted(
        `${CONFIG} | mcp_logbook_config_item="tool"`,
        t(toolDefinition.window),
        'service_name, mcp_logbook_config_name, mcp_logbook_config_change',
      ),
      op: '>',
      threshold: 0,
      for: '0s',
      range: t(toolDefinition.window),
      summary: 'Tool {mcp_logbook_config_name} of {service_name} was {mcp_logbook_config_change}',
      description: `{service_name} offers the tool {mcp_logbook_config_name} with another definition than before ({mcp_logbook_config_change}, seen {value} times within ${t(toolDefinition.window)}). Clients trusted the old text.`,
    },
    {
      name: 'SensitiveResourceRead',
      source: 'loki',
      question: 18,
      severity: 'info',
      query: counted(
        `${CALLS} | mcp_method_name="resources/read" | mcp_resource_uri=~\`${sensitiveResources.pattern}\``,
        t(sensitiveResources.window),
        'service_name, mcp_resource_uri',
      ),
      op: '>',
      threshold: 0,
      for: '0s',
      range: t(sensitiveResources.window),
      summary: 'A resource on the watch list was read on {service_name}',
      description: `{mcp_resource_uri} was read {value} times on {service_name} within ${t(sensitiveResources.window)}; it matches the watch list.`,
    },
  ];
}
