/**
 * The provisioned files in a real Grafana: loaded without a complaint, every dashboard there, every panel's queries
 * answered with rows through Grafana's own query interface, nothing open to strangers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS, DATASOURCE, fillIn, FOLDER, type Panel } from '@mcp-logbook/grafana';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asArray, asRecord } from '../harness/json.ts';
import { stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { needsTempo } from '../harness/stack/panels.ts';
import { until } from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';
import { startTraffic } from '../harness/traffic.ts';

const RANGE_SECONDS = 900;
const STEP_SECONDS = 15;
const PATIENCE_MS = 240_000;

const without = missingParts('sink', 'collector', 'loki', 'prometheus', 'grafana');
const withoutTempo = missingParts('tempo');

let stack: Stack;
let login = '';

beforeAll(async () => {
  if (without !== undefined) return;
  const sandbox = aSandbox();
  stack = await startStack({
    folder: join(sandbox.root, 'stack'),
    parts: ['sink', 'collector', 'loki', 'tempo', 'prometheus', 'grafana'],
  });
  const password = readFileSync(stack.folder.secrets.grafana_password, 'utf8').trim();
  login = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  startTraffic(['--calls', '675', '--rate', '15', '--seed', '5'], {
    ...sandbox.env,
    ...stack.senderEnv,
  });
});
afterAll(async () => {
  await stopProcesses();
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

function ask(path: string, init: RequestInit = {}, authorization = login): Promise<Response> {
  return fetch(new URL(path, stack.urls.grafana), {
    ...init,
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    signal: AbortSignal.timeout(60_000),
  });
}

async function json(path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await ask(path, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** Values in all frames that a panel's queries give through Grafana. */
async function rowsOf(panel: Panel): Promise<number> {
  const queries = panel.queries.flatMap((query, index) =>
    query.source === 'tempo'
      ? []
      : [
          {
            refId: String.fromCharCode(65 + index),
            datasource: { uid: DATASOURCE[query.source], type: query.source },
            expr: fillIn(query.expr, { range: RANGE_SECONDS, step: STEP_SECONDS }),
            instant: query.mode === 'instant',
            range: query.mode !== 'instant',
            queryType: query.mode === 'instant' ? 'instant' : 'range',
            maxLines: 100,
            intervalMs: STEP_SECONDS * 1_000,
            maxDataPoints: 100,
          },
        ],
  );
  if (queries.length === 0) return searchRows(panel);
  const answer = await json('/api/ds/query', {
    method: 'POST',
    body: JSON.stringify({ queries, from: `now-${RANGE_SECONDS}s`, to: 'now' }),
  });
  let rows = 0;
  for (const result of Object.values(asRecord(asRecord(answer)['results']))) {
    const { error, frames } = asRecord(result);
    if (error !== undefined) throw new Error(`"${panel.title}": ${JSON.stringify(error)}`);
    for (const frame of asArray(frames ?? [])) {
      rows += asArray(asArray(asRecord(asRecord(frame)['data'])['values'])[0] ?? []).length;
    }
  }
  return rows;
}

/** Grafana 11 searches Tempo from the browser, through its proxy. */
async function searchRows(panel: Panel): Promise<number> {
  let rows = 0;
  for (const query of panel.queries) {
    if (query.source !== 'tempo') continue;
    const path =
      query.mode === 'serviceMap'
        ? `uid/${DATASOURCE.prometheus}/api/v1/query?query=traces_service_graph_request_total`
        : `uid/${DATASOURCE.tempo}/api/search?limit=20&q=${encodeURIComponent(
            fillIn(query.query, { range: RANGE_SECONDS, step: STEP_SECONDS }),
          )}`;
    const answer = asRecord(await json(`/api/datasources/proxy/${path}`));
    rows += asArray(answer['traces'] ?? asRecord(answer['data'] ?? {})['result'] ?? []).length;
  }
  return rows;
}

describe.skipIf(without !== undefined)(`a real Grafana ${without ?? ''}`, () => {
  test('takes every provisioned file without a warning', () => {
    const complaints = readFileSync(stack.service('grafana').spec.logFile, 'utf8')
      .split('\n')
      .filter((line) => /level=(warn|error)/.test(line) && /logger=[^ ]*provisioning/.test(line));
    expect(complaints).toEqual([]);
  });

  test('has the three data sources, read-only, and the way from a span to its entry', async () => {
    const sources = asArray(await json('/api/datasources')).map(asRecord);
    expect(new Set(sources.map(({ uid }) => uid))).toEqual(new Set(Object.values(DATASOURCE)));
    expect(sources.map(({ readOnly }) => readOnly)).toEqual([true, true, true]);
    const links = asArray(asRecord(await json('/api/datasources/correlations'))['correlations']);
    expect(links.map(asRecord)).toMatchObject([
      {
        sourceUID: DATASOURCE.tempo,
        targetUID: DATASOURCE.loki,
        config: {
          target: { expr: '{mcp_logbook_log_class="audit"} | span_id="${spanID}"' },
        },
      },
    ]);
    const tempo = asRecord(await json(`/api/datasources/uid/${DATASOURCE.tempo}`));
    expect(asRecord(tempo['jsonData'])['tracesToLogsV2']).toMatchObject({
      query: '{${__tags}} | trace_id="${__trace.traceId}"',
    });
    const loki = asRecord(await json(`/api/datasources/uid/${DATASOURCE.loki}`));
    expect(asRecord(loki['jsonData'])['derivedFields']).toMatchObject([
      { url: '${__value.raw}' },
      { url: '{mcp_logbook_log_class="audit"} | audit_record_id="${__value.raw}"' },
    ]);
  });

  test('has all seven dashboards in one folder', async () => {
    const found = asArray(await json('/api/search?type=dash-db&tag=mcp-logbook')).map(asRecord);
    expect(found.length).toBe(DASHBOARDS.length);
    expect(new Set(found.map(({ uid }) => uid))).toEqual(new Set(DASHBOARDS.map(({ uid }) => uid)));
    expect(new Set(found.map(({ folderTitle }) => folderTitle))).toEqual(new Set([FOLDER]));
    const folders = asArray(await json('/api/folders')).map((folder) => asRecord(folder)['title']);
    expect(folders).toEqual([FOLDER]);
    for (const { uid, title, rows } of DASHBOARDS) {
      const { dashboard, meta } = asRecord(await json(`/api/dashboards/uid/${uid}`));
      expect(asRecord(dashboard)['title']).toBe(title);
      expect(asRecord(meta)['provisioned']).toBe(true);
      const panels = asArray(asRecord(dashboard)['panels']).map(asRecord);
      expect(panels.filter(({ type }) => type !== 'row').map((panel) => panel['title'])).toEqual(
        rows.flatMap((row) => row.panels.map((panel) => panel.title)),
      );
    }
  });

  for (const { title, rows } of DASHBOARDS) {
    for (const panel of rows.flatMap((row) => row.panels)) {
      const cannot = needsTempo(panel) ? withoutTempo : undefined;
      const name = `${title}: "${panel.title}" has rows ${cannot ?? ''}`;
      test.skipIf(cannot !== undefined)(name, async () => {
        await until(
          () => rowsOf(panel),
          (count) => count > 0,
          PATIENCE_MS,
          (count) => `${count} rows`,
        );
      });
    }
  }

  test('answers nobody without the password, nor with the one of every fresh Grafana', async () => {
    const strangers = ['', `Basic ${Buffer.from('admin:admin').toString('base64')}`];
    for (const authorization of strangers) {
      for (const path of [
        '/api/datasources',
        '/api/search',
        `/api/dashboards/uid/${DASHBOARDS[0]?.uid}`,
      ]) {
        expect((await ask(path, {}, authorization)).status, path).toBe(401);
      }
      const query = await ask('/api/ds/query', { method: 'POST', body: '{}' }, authorization);
      expect(query.status).toBe(401);
    }
  });
});
