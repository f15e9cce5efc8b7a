/** Every alert, group by group, and what became of those that are gone. */
import { auditAlerts } from './audit.ts';
import { callAlerts } from './calls.ts';
import { integrityAlerts } from './integrity.ts';
import type { Alert, AlertBody, Group, Pace } from './model.ts';
import { clockOf } from './model.ts';
import { peopleAlerts } from './people.ts';
import { pipelineAlerts } from './pipeline.ts';
import { redactionAlerts } from './redaction.ts';

/** How often a group is evaluated in production; a test does it every second. */
const INTERVAL = '1m';

/** Names of alerts that were published once and are no more: Grafana keeps a rule until it is told to delete it. */
export const REMOVED: readonly string[] = [];

/** All alerts at a pace. */
export function alerts(pace: Pace): readonly Alert[] {
  const t = clockOf(pace);
  const of = (group: Group, bodies: readonly AlertBody[]): readonly Alert[] =>
    bodies.map((body) => ({ ...body, group }));
  return [
    ...of('calls', callAlerts(t)),
    ...of('people', peopleAlerts(t)),
    ...of('redaction', redactionAlerts(t)),
    ...of('audit', auditAlerts(t)),
    ...of('integrity', integrityAlerts(t)),
    ...of('pipeline', pipelineAlerts(t)),
  ];
}

/** Evaluation interval of a pace. */
export function intervalOf(pace: Pace): string {
  return pace === 'production' ? INTERVAL : '1s';
}

/** `ToolErrorRateHigh` -> `mcp-logbook-tool-error-rate-high`: at most 40 characters, or Grafana refuses it. */
export function uidOf(name: string): string {
  return `mcp-logbook${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Where the runbook is read; its headings are the names. */
export const RUNBOOK_URL =
  'https://github.com/mcp-logbook/mcp-logbook/blob/main/grafana/runbook.md';

/** Link to an alert's heading. */
export function runbookUrl(name: string): string {
  return `${RUNBOOK_URL}#${name.toLowerCase()}`;
}

/** Labels of every alert, besides those of its query: what routes and silences go by. */
export function labelsOf(alert: Alert): Readonly<Record<string, string>> {
  return { product: 'mcp-logbook', severity: alert.severity, component: alert.group };
}
