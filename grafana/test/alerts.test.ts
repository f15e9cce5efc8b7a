/** The alerts as a set: every rule file form agrees, is well formed, is explained, and is proved somewhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser as logql } from '@grafana/lezer-logql';
import { parser as promql } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RUNBOOK_URL } from '../src/alerts/catalogue.ts';
import { LOG_PROOFS, alertFiles, alerts, conditionOf, uidOf } from '../src/alerts/index.ts';
import type { Alert } from '../src/alerts/index.ts';
import { PROOFS } from '../src/alerts/proofs/index.ts';
import { labelsIn } from '../src/alerts/words.ts';
import { DASHBOARD, DATASOURCE, FOLDER } from '../src/names.ts';

const ROOT = join(import.meta.dirname, '..');
const all = alerts('production');
const runbook = readFileSync(join(ROOT, 'runbook.md'), 'utf8');
/** Their number is a yes: there is nothing to tell but that it is so. */
const WITHOUT_NUMBER: ReadonlySet<string> = new Set([
  'ServerSilent',
  'CollectorDown',
  'StackPartDown',
]);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

function mistakes(source: Alert['source'], text: string): string[] {
  const found: string[] = [];
  (source === 'prometheus' ? promql : logql).parse(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) found.push(`${from}-${to} of ${text}`);
    },
  });
  return found;
}

function rulesOf(pace: 'production' | 'test', source: Alert['source']): Rule[] {
  return alertFiles({ pace })
    .filter(({ path }) => path.startsWith(`rules/${source}/`))
    .flatMap(({ text }) => {
      const file = parse(text) as { groups: { rules: Rule[] }[] };
      return file.groups.flatMap(({ rules }) => rules);
    });
}

describe('alerts', () => {
  it('every generated file is committed as it is generated', () => {
    for (const { path, text } of alertFiles()) {
      expect(readFileSync(join(ROOT, path), 'utf8'), `${path}: run npm run generate`).toBe(text);
    }
  });

  it.each(['production', 'test'] as const)('every expression parses at pace %s', (pace) => {
    expect(alerts(pace).flatMap((alert) => mistakes(alert.source, conditionOf(alert)))).toEqual([]);
  });

  it('the parsers do find mistakes', () => {
    expect(mistakes('prometheus', 'sum by (a) (rate(x[5m])')).not.toEqual([]);
    expect(mistakes('loki', 'sum(count_over_time({a="b"} | [5m]))')).not.toEqual([]);
  });

  it('every alert stands in exactly one rule file, with the same condition', () => {
    const rules = [...rulesOf('production', 'prometheus'), ...rulesOf('production', 'loki')];
    expect(rules.map(({ alert }) => alert).toSorted()).toEqual(
      all.map(({ name }) => name).toSorted(),
    );
    for (const rule of rules) {
      const alert = all.find(({ name }) => name === rule.alert);
      expect(rule.expr).toBe(alert === undefined ? '' : conditionOf(alert));
    }
  });

  it('a fast pace changes durations alone, never what is asked', () => {
    const bare = (pace: 'production' | 'test'): string[] =>
      alerts(pace).map(({ query }) => query.replaceAll(/\[[^\]]+\]|offset \S+\w|\d+/g, '#'));
    expect(bare('test')).toEqual(bare('production'));
  });

  it('names are unique and give uids that Grafana takes (at most 40 of a-zA-Z0-9-_), unlike any dashboard’s', () => {
    const uids = all.map(({ name }) => uidOf(name));
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(uids.filter((uid) => (Object.values(DASHBOARD) as string[]).includes(uid))).toEqual([]);
  });

  it('every alert tells the number seen, speaks only of labels its query keeps, and is short', () => {
    for (const { name, query, summary, description } of all) {
      expect(summary.length, name).toBeLessThanOrEqual(120);
      for (const label of [...labelsIn(summary), ...labelsIn(description)]) {
        // `job` and `instance` of `up` need no `by`.
        if (!query.includes('up{job')) expect(query, `${name}: ${label}`).toContain(label);
      }
      if (!WITHOUT_NUMBER.has(name)) expect(`${summary} ${description}`, name).toContain('{value');
    }
  });

  it('every series of the collector that an alert reads is one that its README promises', () => {
    const promised = readFileSync(join(ROOT, '../otel-collector/README.md'), 'utf8');
    const read = all.flatMap(
      ({ query }) => query.match(/\b(otelcol|mcp_logbook_collector)_\w+/g) ?? [],
    );
    expect(new Set(read).size).toBeGreaterThan(5);
    for (const name of new Set(read)) {
      // Spans and metric points have the same series as log records.
      expect(promised, name).toContain(name.replace(/_(spans|metric_points)_/, '_log_records_'));
    }
  });

  it('every PromQL alert has a rule test, every LogQL alert a story for a real Loki', () => {
    const named = (source: Alert['source']): string[] =>
      all
        .filter((alert) => alert.source === source)
        .map(({ name }) => name)
        .toSorted();
    expect([...new Set(PROOFS.map(({ alert }) => alert))].toSorted()).toEqual(named('prometheus'));
    expect(LOG_PROOFS.map(({ alert }) => alert).toSorted()).toEqual(named('loki'));
  });
});

describe('the Grafana-managed rules', () => {
  interface GrafanaRule {
    readonly uid: string;
    readonly title: string;
    readonly condition: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
    readonly data: { refId: string; datasourceUid: string; model: Record<string, unknown> }[];
  }
  const text =
    alertFiles().find(({ path }) => path.startsWith('provisioning/alerting/'))?.text ?? '';
  const file = parse(text) as { groups: { folder: string; rules: GrafanaRule[] }[] };
  const rules = file.groups.flatMap((group) => group.rules);

  it('hold every alert in the one folder, by name', () => {
    expect(rules.map(({ title }) => title).toSorted()).toEqual(
      all.map(({ name }) => name).toSorted(),
    );
    expect(new Set(file.groups.map(({ folder }) => folder))).toEqual(new Set([FOLDER]));
  });

  it('are query, reduce, threshold on the provisioned data sources', () => {
    for (const rule of rules) {
      const [query, reduce, threshold, ...others] = rule.data;
      const alert = all.find(({ name }) => name === rule.title);
      expect(others).toEqual([]);
      expect(query?.datasourceUid).toBe(DATASOURCE[alert?.source ?? 'loki']);
      expect(query?.model['expr']).toBe(alert?.query);
      expect(reduce?.model).toMatchObject({ type: 'reduce', expression: 'A', reducer: 'last' });
      expect(threshold?.model).toMatchObject({ type: 'threshold', expression: 'B' });
      expect(rule.condition).toBe('C');
    }
  });

  it('hold no $ where Grafana interpolates (labels), and single ones where it does not', () => {
    for (const { labels, annotations, title } of rules) {
      expect(JSON.stringify(labels), title).not.toContain('$');
      expect(JSON.stringify(annotations), title).not.toContain('$$');
    }
  });
});

describe('the runbook', () => {
  const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);

  it('has a heading for every alert and none for another', () => {
    expect(headings.toSorted()).toEqual(all.map(({ name }) => name).toSorted());
  });

  it('is what every alert links to', () => {
    for (const { alert, annotations } of [
      ...rulesOf('production', 'prometheus'),
      ...rulesOf('production', 'loki'),
    ]) {
      expect(annotations['runbook_url']).toBe(`${RUNBOOK_URL}#${alert.toLowerCase()}`);
    }
  });

  it('tells meaning, quick checks and remedy under every heading, and its queries parse', () => {
    for (const section of runbook.split(/^## /m).slice(1)) {
      const name = section.slice(0, section.indexOf('\n'));
      expect(section, name).toMatch(/Quick checks:[^]*```(promql|logql)\n[^]*\nRemedy: /);
      expect(section.split('\n')[1]?.length, `${name}: meaning`).toBeGreaterThan(40);
      for (const [, language = '', query = ''] of section.matchAll(/```(\w+)\n([^]*?)\n```/g)) {
        expect(mistakes(language === 'promql' ? 'prometheus' : 'loki', query), name).toEqual([]);
      }
    }
  });

  it('links only to headings it has', () => {
    const anchors = new Set(headings.map((heading) => `#${heading?.toLowerCase()}`));
    for (const [, anchor = ''] of runbook.matchAll(/\]\((#[^)]+)\)/g))
      expect(anchors).toContain(anchor);
  });
});
