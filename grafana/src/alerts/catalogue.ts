/** Every alert, group by group, and what became of those that are gone. */
import { auditAlerts } from './audit.ts';
import { callAlerts } from './calls.ts';
import { integrityAlerts } from './integrity.ts';
import type { Alert, AlertBody, Group, Pace } from './model.ts';
import { clockOf } from './model.ts';
import { peopleAlerts } from './people.ts';
import { pipelineAlerts } from './pipeline.ts';
import { redactionAlerts } from './redaction.ts';

/** How often an alert is evaluated in production, unless it says otherwise. */
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

/** Alerts that are evaluated together. */
export interface EvaluationGroup {
  readonly group: Group;
  readonly name: string;
  readonly interval: string;
  readonly alerts: readonly Alert[];
}

/** Groups of `chosen` by group and interval; `fastest` is the interval of a test, production has its own. */
export function groupsOf(
  chosen: readonly Alert[],
  pace: Pace,
  fastest: string,
): readonly EvaluationGroup[] {
  const groups = new Map<string, EvaluationGroup>();
  for (const alert of chosen) {
    const every = alert.every ?? INTERVAL;
    const name = `mcp-logbook-${alert.group}${every === INTERVAL ? '' : `-${every}`}`;
    const before = groups.get(name)?.alerts ?? [];
    const interval = pace === 'production' ? every : fastest;
    groups.set(name, { group: alert.group, name, interval, alerts: [...before, alert] });
  }
  return [...groups.values()];
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
