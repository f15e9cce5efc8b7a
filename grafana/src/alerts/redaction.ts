/** Alerts on redaction: what it missed, and whether it still works. Questions 12, 13. */
import { grown } from '../queries/grown.ts';
import { COLLECTOR } from './collector-names.ts';
import { secondsOf } from './model.ts';
import type { AlertBody, Clock } from './model.ts';
import { THRESHOLDS } from './thresholds.ts';

const SERVER = ['deployment_environment_name', 'service_name'] as const;
const REDACTIONS = 'mcp_logbook_redactions_total';

/** All of them. */
export function redactionAlerts(t: Clock): readonly AlertBody[] {
  const { secretFound, redactionRise, redactionStop, redactionIncident } = THRESHOLDS;
  const now = grown(REDACTIONS, t(redactionRise.window), SERVER);
  const share = `(${secondsOf(t(redactionRise.window))} / ${secondsOf(t(redactionRise.usual))})`;
  const before = `sum by (${SERVER.join(', ')}) (increase(${REDACTIONS}[${t(redactionRise.usual)}] offset ${t(redactionRise.window)}))`;
  const stopWindow = t(redactionStop.window);
  const usual = `sum by (${SERVER.join(', ')}) (increase(${REDACTIONS}[${t(redactionStop.usual)}] offset ${stopWindow}))`;
  const calls = grown('mcp_server_operation_duration_seconds_count', stopWindow, SERVER);
  return [
    {
      name: 'SecretFoundByCollector',
      source: 'prometheus',
      question: 13,
      severity: 'critical',
      query: grown(COLLECTOR.secretsFound, t(secretFound.window), ['service_name']),
      op: '>',
      threshold: 0,
      for: '0s',
      range: t(secretFound.window),
      summary: 'The collector found secrets in {value} records of {service_name}',
      description: `The collector's second redaction masked {value} records of {service_name} within ${t(secretFound.window)}. Our redaction in the server let them pass: they went over the network in clear.`,
    },
    {
      name: 'RedactionsRising',
      source: 'prometheus',
      question: 12,
      severity: 'warning',
      query: `(${now} / (${before} * ${share} > 0)) and (${now} >= ${redactionRise.least})`,
      op: '>',
      threshold: redactionRise.factor,
      for: '0s',
      range: t(redactionRise.usual),
      summary: '{service_name}: {value} times the usual number of redactions',
      description: `Redaction in {service_name} removes {value} times as many values as it did on average over ${t(redactionRise.usual)} (limit ${redactionRise.factor}). Somebody sends or reads secrets in bulk.`,
    },
    {
      name: 'RedactionsStopped',
      source: 'prometheus',
      question: 12,
      severity: 'critical',
      query: `(${usual} > ${redactionStop.usualPerDay}) and (${calls} >= ${redactionStop.leastCalls}) unless (${grown(REDACTIONS, stopWindow, SERVER)} > 0)`,
      op: '>',
      threshold: 0,
      for: '0s',
      range: t(redactionStop.usual),
      summary:
        '{service_name}: redaction removes nothing any more, {value} values a day were usual',
      description: `{service_name} had {value} redactions within ${t(redactionStop.usual)}, and not one in the last ${stopWindow} in spite of calls. Rules or redactor may be switched off.`,
    },
    {
      name: 'RedactionIncident',
      source: 'prometheus',
      question: 12,
      severity: 'warning',
      query: grown(
        'mcp_logbook_redaction_incidents_total{mcp_logbook_redaction_incident=~"failed|rule_disabled"}',
        t(redactionIncident.window),
        [...SERVER, 'mcp_logbook_redaction_incident'],
      ),
      op: '>',
      threshold: 0,
      for: '0s',
      range: t(redactionIncident.window),
      summary: '{value} redaction incidents ({mcp_logbook_redaction_incident}) in {service_name}',
      description: `Redaction in {service_name} had {value} incidents of the kind {mcp_logbook_redaction_incident} within ${t(redactionIncident.window)}. Values it could not search were withheld, so nothing leaked, but evidence is missing.`,
    },
  ];
}
