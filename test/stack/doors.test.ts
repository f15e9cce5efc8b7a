/**
 * Every door of the stack, tried without and with wrong credentials: nothing is taken in and nothing is read. Loki,
 * Tempo and Prometheus have no doors of their own: they are on an internal network (docker-compose.yml). No secret is in
 * what the programs write, show or were started with.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { logLines } from '../harness/stack/query.ts';
import { missingParts, PARTS, type Stack, startStack } from '../harness/stack/stack.ts';
import { startTraffic } from '../harness/traffic.ts';
import { verifies } from '../requirements.ts';

verifies('M4.4');

const without = missingParts('sink', 'collector', 'loki', 'prometheus');
const withoutGrafana = missingParts('grafana');

const STRANGER = { service: 'stranger' };
const LOGS = logsBody(STRANGER, [{ body: 'uninvited' }]);
const SPANS = spansBody(STRANGER, [{ name: 'uninvited', kind: 2 }]);

let stack: Stack;
let secrets: readonly string[] = [];

beforeAll(async () => {
  if (without !== undefined) return;
  const sandbox = aSandbox();
  stack = await startStack({ folder: join(sandbox.root, 'stack'), parts: PARTS });
  secrets = Object.values(stack.folder.secrets).map((file) => readFileSync(file, 'utf8').trim());
  const traffic = startTraffic(['--calls', '200', '--rate', '0'], {
    ...sandbox.env,
    ...stack.senderEnv,
  });
  expect(await traffic.gone(500_000)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await stopProcesses();
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

/** What somebody without the right token may hold. */
function wrongTokens(right: string): readonly (string | undefined)[] {
  return [undefined, '', 'wrong', `${right}x`, right.slice(0, -1)];
}

const read = (name: keyof Stack['folder']['secrets']): string =>
  readFileSync(stack.folder.secrets[name], 'utf8').trim();

describe.skipIf(without !== undefined)(`the doors ${without ?? ''}`, () => {
  test('the collector refuses every signal on all its ports, and the sink asks to come again', async () => {
    // What the traffic sent has all arrived.
    const before = await settledCounts(3_000);
    for (const token of [...wrongTokens(read('intake_token')), read('sink_token')]) {
      for (const base of [stack.urls.otlpHttp, stack.urls.audit])
        expect(await postOtlp(base, 'logs', LOGS, token)).toBe(401);
      for (const base of [stack.urls.otlpHttp, stack.urls.auditSpans])
        expect(await postOtlp(base, 'traces', SPANS, token)).toBe(401);
      expect(await postOtlp(stack.urls.otlpHttp, 'metrics', { resourceMetrics: [] }, token)).toBe(
        401,
      );
    }
    for (const token of [...wrongTokens(read('sink_token')), read('intake_token')]) {
      // Never 401 here: a collector would drop what it holds.
      expect(await postOtlp(stack.urls.sink, 'logs', LOGS, token)).toBe(503);
      expect(await postOtlp(stack.urls.sink, 'traces', SPANS, token)).toBe(503);
    }
    await sleep(2_000);
    const lines = await logLines(stack.urls.loki, '{service_name="stranger"}', {
      fromMs: Date.now() - 600_000,
      toMs: Date.now(),
    });
    expect(lines).toEqual([]);
    const after = await sinkCounts();
    expect(after.stored).toBe(before.stored);
    expect(after.unauthorized - before.unauthorized).toBe(12);
  });

  test('the sink shows nothing to a reader without the token, and what it should with it', async () => {
    const paths = ['/metrics', '/checkpoint', '/tile/0/000', '/tile/entries/000.p/1', '/entries/x'];
    for (const path of paths) {
      for (const token of wrongTokens(read('sink_token'))) {
        const response = await sinkGet(path, token);
        expect([path, response.status]).toEqual([path, 401]);
        expect(await response.text()).not.toContain('leaf');
      }
    }
    expect((await sinkGet('/checkpoint', read('sink_token'))).status).toBe(200);
    expect(await (await sinkGet('/healthz', undefined)).text()).not.toContain('leaf');
  });

  test.skipIf(withoutGrafana !== undefined)(
    `Grafana shows nothing to a stranger ${withoutGrafana ?? ''}`,
    async () => {
      const { grafana } = stack.urls;
      for (const path of ['/api/search', '/api/datasources', '/api/ruler/grafana/api/v1/rules']) {
        for (const authorization of [
          undefined,
          `Basic ${Buffer.from('admin:admin').toString('base64')}`,
          'Bearer wrong',
        ]) {
          const response = await fetch(`${grafana}${path}`, {
            ...(authorization !== undefined && { headers: { authorization } }),
          });
          await response.arrayBuffer();
          expect([path, authorization, response.status]).toEqual([path, authorization, 401]);
        }
      }
      const admin = Buffer.from(`admin:${read('grafana_password')}`).toString('base64');
      const response = await fetch(`${grafana}/api/search`, {
        headers: { authorization: `Basic ${admin}` },
      });
      expect(response.status).toBe(200);
    },
  );
});

describe.skipIf(without !== undefined)(`secrets ${without ?? ''}`, () => {
  test('are in no log file, metric, command line or environment of any program', async () => {
    expect(new Set(secrets).size).toBe(5);
    const texts = new Map<string, string>();
    const logs = join(stack.folder.root, 'logs');
    for (const name of readdirSync(logs)) texts.set(name, readFileSync(join(logs, name), 'utf8'));
    for (const part of stack.parts) {
      const pid = stack.service(part).pid ?? 0;
      for (const file of ['cmdline', 'environ'])
        texts.set(`${part} ${file}`, readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    }
    texts.set('collector metrics', await textOf(stack.urls.collectorMetrics));
    texts.set('sink metrics', await (await sinkGet('/metrics', read('sink_token'))).text());
    texts.set(
      'prometheus series',
      await textOf(`${stack.urls.prometheus}/api/v1/series?match[]=up`),
    );
    // At least a log, a command line and an environment of each part, and three that were asked for.
    expect(texts.size).toBeGreaterThanOrEqual(3 * stack.parts.size + 3);
    for (const [name, text] of texts) {
      expect([name, text.length > 0 || name.endsWith('.log')]).toEqual([name, true]);
      for (const secret of secrets) expect([name, text.includes(secret)]).toEqual([name, false]);
    }
  });
});

async function sinkCounts(): Promise<{ stored: number; unauthorized: number }> {
  const text = await (await sinkGet('/metrics', read('sink_token'))).text();
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    stored: sum(/^mcp_logbook_sink_records_total\{[^}]*="stored"[^}]*\} (\d+)/gm),
    unauthorized: sum(/^mcp_logbook_sink_unauthorized_total\{[^}]*\/v1\/[^}]*\} (\d+)/gm),
  };
}

/** The counts once they have stayed the same for that long. */
async function settledCounts(forMs: number): Promise<Awaited<ReturnType<typeof sinkCounts>>> {
  let counts = await sinkCounts();
  for (let since = performance.now(); performance.now() - since < forMs;) {
    await sleep(200);
    const now = await sinkCounts();
    if (now.stored !== counts.stored) since = performance.now();
    counts = now;
  }
  return counts;
}

function sinkGet(path: string, token: string | undefined): Promise<Response> {
  return fetch(`${stack.urls.sink}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}

async function textOf(url: string): Promise<string> {
  return await (await fetch(url)).text();
}
