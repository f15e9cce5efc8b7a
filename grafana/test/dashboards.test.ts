import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../src/dashboards/index.ts';
import { DASHBOARD, DATASOURCE } from '../src/names.ts';
import { GENERATED_FOLDERS, outputs } from '../src/outputs.ts';
import { QUESTIONS } from '../src/questions.ts';

const root = join(import.meta.dirname, '..');
const panels = DASHBOARDS.flatMap((dashboard) =>
  dashboard.rows.flatMap((row) => row.panels.map((panel) => ({ dashboard, panel }))),
);

interface PanelJson {
  readonly type: string;
  readonly title?: string;
  readonly id?: number;
  readonly description?: string;
  readonly gridPos?: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly datasource?: { readonly uid?: string } }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}
interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelJson[];
}

/** Each generated dashboard as Grafana reads it. */
const generated: readonly DashboardJson[] = outputs()
  .filter(({ path }) => path.startsWith('dashboards/'))
  .map(({ text }) => JSON.parse(text) as DashboardJson);

describe('the generated files', () => {
  it('are those that are committed: npm run generate was run', () => {
    for (const { path, text } of outputs()) {
      expect(readFileSync(join(root, path), 'utf8'), path).toBe(text);
    }
  });

  it('are all there is in the folders they fill', () => {
    const wanted = new Set(outputs().map(({ path }) => path));
    for (const folder of GENERATED_FOLDERS) {
      for (const name of readdirSync(join(root, folder))) {
        expect(wanted.has(`${folder}/${name}`), `${folder}/${name}`).toBe(true);
      }
    }
  });
});

describe('the seven dashboards', () => {
  it('have uids and titles that are unique, and uids that Grafana takes', () => {
    const uids = [...generated.map(({ uid }) => uid), ...Object.values(DATASOURCE)];
    expect(generated.map(({ uid }) => uid).toSorted()).toEqual(Object.values(DASHBOARD).toSorted());
    expect(new Set(uids).size).toBe(uids.length);
    expect(new Set(generated.map(({ title }) => title)).size).toBe(7);
    for (const uid of uids) expect(uid).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  });

  it('answer each of the 27 questions by at least one panel', () => {
    const answered = new Set(panels.flatMap(({ panel }) => panel.questions));
    const numbers = Object.keys(QUESTIONS).map(Number);
    expect(numbers).toEqual(Array.from({ length: 27 }, (_, index) => index + 1));
    expect([...answered].toSorted((a, b) => a - b)).toEqual(numbers);
  });

  it('say on every panel which question it answers and what to do when it is red', () => {
    for (const { panels: list, uid } of generated) {
      for (const panel of list.filter(({ type }) => type !== 'row')) {
        const where = `${uid}/${panel.title}`;
        expect(panel.description, where).toMatch(/^\*\*Q\d+\*\* \S.*\?\n/);
        expect(panel.description, where).toMatch(/\*\*When red:\*\* .{15,}/);
        expect(panel.fieldConfig?.defaults.unit, where).toBeTruthy();
        expect(panel.targets?.length, where).toBeGreaterThan(0);
      }
    }
  });

  it('name each panel once, so that a link or an alert can point at it', () => {
    for (const dashboard of DASHBOARDS) {
      const titles = dashboard.rows.flatMap(({ panels: list }) => list.map(({ title }) => title));
      expect(new Set(titles).size, dashboard.uid).toBe(titles.length);
    }
  });

  it('place panels inside the 24 columns, and none over another', () => {
    for (const { panels: list, uid } of generated) {
      const ids = list.map(({ id }) => id);
      expect(new Set(ids).size, uid).toBe(ids.length);
      const taken = new Set<string>();
      for (const { gridPos, title } of list) {
        const where = `${uid}/${title}`;
        expect(gridPos, where).toBeDefined();
        if (gridPos === undefined) continue;
        const { x, y, w, h } = gridPos;
        expect(x + w, where).toBeLessThanOrEqual(24);
        for (let column = x; column < x + w; column += 1) {
          for (let row = y; row < y + h; row += 1) {
            const place = `${column}/${row}`;
            expect(taken.has(place), `${where} at ${place}`).toBe(false);
            taken.add(place);
          }
        }
      }
    }
  });

  it('fill their rows to the right edge', () => {
    for (const dashboard of DASHBOARDS) {
      for (const row of dashboard.rows) {
        const width = row.panels.reduce((sum, panel) => sum + panel.width, 0);
        expect(width % 24, `${dashboard.uid}/${row.title}`).toBe(0);
      }
    }
  });

  it('ask only the three data sources that are provisioned', () => {
    const known = new Set<string>(Object.values(DATASOURCE));
    for (const { panels: list } of generated) {
      for (const { targets, title } of list) {
        for (const target of targets ?? []) expect(known, title).toContain(target.datasource?.uid);
      }
    }
  });

  it('use only variables that they define', () => {
    for (const { dashboard, panel } of panels) {
      const defined = new Set<string>(dashboard.variables);
      for (const query of panel.queries) {
        const text = query.source === 'tempo' ? query.query : query.expr;
        for (const [, name = ''] of text.matchAll(/\$\{?([a-z_]+)\}?/g)) {
          if (name.startsWith('__')) continue;
          expect(defined, `${dashboard.uid}/${panel.title}`).toContain(name);
        }
      }
    }
  });
});

describe('links', () => {
  const urls = generated.flatMap((dashboard) =>
    [...JSON.stringify(dashboard).matchAll(/"url":"((?:[^"\\]|\\.)*)"/g)].map(
      ([, url = '']) => JSON.parse(`"${url}"`) as string,
    ),
  );

  it('lead to dashboards that exist and to known data sources', () => {
    const uids = new Set<string>(Object.values(DASHBOARD));
    const sources = new Set<string>(Object.values(DATASOURCE));
    expect(urls.length).toBeGreaterThan(20);
    for (const url of urls) {
      if (url.startsWith('/d/')) {
        expect(uids, url).toContain(/^\/d\/([^?]+)\?/.exec(url)?.[1]);
      } else {
        const panes = /^\/explore\?schemaVersion=1&orgId=1&panes=(.*)$/.exec(url)?.[1];
        expect(panes, url).toBeDefined();
        // Placeholders are filled by Grafana; any text stands for them here.
        const state = decodeURIComponent((panes ?? '').replaceAll(/\$\{[^}]*\}/g, 'x'));
        const { logbook } = JSON.parse(state) as { logbook: { datasource: string } };
        expect(sources, url).toContain(logbook.datasource);
      }
    }
  });

  it('lead from a number to its traces, from a call to its trace and to its logbook entry', () => {
    const has = (piece: string): boolean =>
      urls.some((url) => decodeURIComponent(url).includes(piece));
    expect(has('resource.service.name = \\"${__field.labels.service_name}\\"')).toBe(true);
    expect(has('"query":"${__data.fields["Trace"]}"')).toBe(true);
    expect(has('audit_record_id=\\"${__data.fields["Logbook entry"]}\\"')).toBe(true);
  });
});
