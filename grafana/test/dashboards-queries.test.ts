import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../src/dashboards/index.ts';
import { fillIn } from '../src/panels/fill.ts';
import { FOREIGN_SERIES } from '../src/queries/foreign.ts';
import { ownSeries } from '../src/queries/series.ts';
import { faultsOf, seriesIn } from './parse.ts';

const filling = {
  range: 3_600,
  step: 60,
  variables: { server: 'shop|files', tool: 'place_order' },
};

const queries = DASHBOARDS.flatMap((dashboard) =>
  dashboard.rows.flatMap((row) =>
    row.panels.flatMap((panel) =>
      panel.queries.map((query) => ({
        where: `${dashboard.uid}/${panel.title}`,
        source: query.source,
        mode: query.mode,
        text: fillIn(query.source === 'tempo' ? query.query : query.expr, filling),
      })),
    ),
  ),
);

describe('every query of every panel', () => {
  it('is one its language knows', () => {
    const checked = queries.filter(({ mode }) => mode !== 'serviceMap');
    expect(checked.length).toBeGreaterThan(100);
    const faults = checked.flatMap(({ where, source, text }) =>
      faultsOf(source, text).map((fault) => `${where}: ${fault}\n  ${text}`),
    );
    expect(faults).toEqual([]);
  });

  it('has no variable left once Grafana has filled them in', () => {
    for (const { where, text } of queries) expect(text, where).not.toMatch(/\$[a-z_{]/);
  });

  it('reads only series that we make or that are listed with who makes them', () => {
    const known = new Set([...ownSeries(), ...Object.keys(FOREIGN_SERIES)]);
    for (const { where, source, text } of queries) {
      if (source !== 'prometheus') continue;
      for (const name of seriesIn(text)) expect(known, where).toContain(name);
    }
  });

  it('uses every listed foreign series, so that the list stays true', () => {
    const used = new Set(
      queries.filter(({ source }) => source === 'prometheus').flatMap(({ text }) => seriesIn(text)),
    );
    expect(Object.keys(FOREIGN_SERIES).filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('the checks themselves', () => {
  it('find a broken query in each language', () => {
    expect(faultsOf('prometheus', 'sum by (job (rate(up[5m]))')).not.toEqual([]);
    expect(faultsOf('loki', '{a="b"} | | c="d"')).not.toEqual([]);
    expect(faultsOf('loki', 'sum by (x) (count_over_time({a="b"} [5m])')).not.toEqual([]);
    expect(faultsOf('tempo', '{ span.x = }')).not.toEqual([]);
  });

  it('pass a good one', () => {
    expect(faultsOf('prometheus', 'sum by (job) (rate(up[5m]))')).toEqual([]);
    expect(faultsOf('loki', 'sum by (x) (count_over_time({a="b"} | c=~"d|e" [5m]))')).toEqual([]);
    expect(faultsOf('tempo', '{ span.x = "y" } >> { kind = client } | select(span.z)')).toEqual([]);
  });

  it('see a series that nobody makes', () => {
    expect(seriesIn('rate(mcp_server_operation_durations_count{a="b"}[5m]) / up')).toEqual([
      'mcp_server_operation_durations_count',
      'up',
    ]);
    expect(ownSeries()).not.toContain('mcp_server_operation_durations_count');
    expect(ownSeries()).toContain('mcp_server_operation_duration_seconds_count');
  });
});
