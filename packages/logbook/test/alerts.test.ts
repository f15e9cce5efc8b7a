/** Local alerts: rules, counting, delivery to a real receiver, and that none of it can hurt the program. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LogbookError } from '@mcp-logbook/audit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AlertSender } from '../src/alerts/alert-sender.ts';
import { type Alert, AlertWatch } from '../src/alerts/alert-watch.ts';
import { deliver } from '../src/alerts/deliver.ts';
import { DEFAULT_ALERT_RULES, parseAlertRules } from '../src/alerts/rules.ts';
import { readConfig } from '../src/config.ts';

const MINUTE = 60_000;

describe('MCP_LOGBOOK_ALERT_RULES', () => {
  test('names rules; those it leaves out are off', () => {
    expect(parseAlertRules('refusals=3/90s, disk')).toEqual({
      failures: undefined,
      refusals: { count: 3, windowMs: 90_000 },
      integrity: false,
      disk: true,
    });
    expect(parseAlertRules(DEFAULT_ALERT_RULES)).toEqual({
      failures: { count: 20, windowMs: 10 * MINUTE },
      refusals: { count: 10, windowMs: 10 * MINUTE },
      integrity: true,
      disk: true,
    });
  });

  test('is refused as a whole when a part of it is wrong', () => {
    for (const text of [
      '',
      'failures',
      'failures=0/1m',
      'failures=1001/1m',
      'failures=5/0s',
      'failures=5/25h',
      'failures=5/1d',
      'integrity=1/1m',
      'integrity,,disk',
      'successes=1/1m',
    ])
      expect(parseAlertRules(text), text).toBeUndefined();
    expect(parseAlertRules('failures=1000/24h')).toBeDefined();
  });

  test('a bad value keeps the default, a bad address means no alerts, and neither is quoted', () => {
    const warn = vi.fn();
    const url = 'https://hooks.example.org/secret-part';
    const kept = readConfig({ MCP_LOGBOOK_ALERT_URL: url, MCP_LOGBOOK_ALERT_RULES: 'x' }, warn);
    expect(kept.alerts).toEqual({ url, rules: parseAlertRules(DEFAULT_ALERT_RULES) });
    expect(readConfig({ MCP_LOGBOOK_ALERT_URL: 'ftp://secret-part' }, warn).alerts).toBeUndefined();
    expect(readConfig({}, warn).alerts).toBeUndefined();
    const lines = warn.mock.calls.map(([, line]) => String(line));
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('secret-part');
  });
});

/** A watch with a clock of its own, and what it sent. */
function aWatch(rules = 'failures=3/10m,refusals=2/1m,integrity,disk') {
  const clock = { now: Date.UTC(2026, 10, 26) };
  const sent: Alert[] = [];
  const parsed = parseAlertRules(rules);
  if (parsed === undefined) throw new Error('bad rules');
  const watch = new AlertWatch({
    rules: parsed,
    service: () => 'shop',
    nameOf: (person) => `p_${person}`,
    send: (alert) => void sent.push(alert),
    now: () => clock.now,
  });
  return { watch, sent, clock };
}

describe('the watch', () => {
  test('tells of the nth failure of one person within the window, by pseudonym, and once', () => {
    const { watch, sent, clock } = aWatch();
    for (let n = 0; n < 2; n += 1) watch.entered({ outcome: 'failure', person: 'ada' });
    watch.entered({ outcome: 'failure', person: 'bob' });
    watch.entered({ outcome: 'success', person: 'ada' });
    watch.entered({ outcome: 'unknown', person: 'ada' });
    watch.entered({ outcome: 'failure', person: 'ada', phase: 'request' });
    expect(sent).toEqual([]);
    watch.entered({ outcome: 'failure', person: 'ada' });
    for (let n = 0; n < 9; n += 1) watch.entered({ outcome: 'failure', person: 'ada' });
    expect(sent).toEqual([
      {
        text:
          'mcp-logbook shop: 3 failures of p_ada within 600 s; see: ' +
          'mcp-logbook query --user p_ada --outcome failure --since 2026-11-25T23:50:00.000Z',
        rule: 'failures',
        service: 'shop',
        person: 'p_ada',
        count: 3,
        windowSeconds: 600,
        time: '2026-11-26T00:00:00.000Z',
      },
    ]);
    clock.now += 10 * MINUTE;
    for (let n = 0; n < 3; n += 1) watch.entered({ outcome: 'failure', person: 'ada' });
    expect(sent).toHaveLength(2);
  });

  test('forgets what is older than the window, to the millisecond', () => {
    const { watch, sent, clock } = aWatch();
    watch.entered({ outcome: 'denied', person: 'ada' });
    clock.now += MINUTE;
    watch.entered({ outcome: 'denied', person: 'ada' });
    expect(sent).toEqual([]);
    clock.now += MINUTE - 1;
    watch.entered({ outcome: 'denied', person: 'ada' });
    expect(sent.map(({ rule }) => rule)).toEqual(['refusals']);
  });

  test('counts callers whom nothing names together, and never names one it may not', () => {
    const { watch, sent } = aWatch();
    for (let n = 0; n < 2; n += 1) watch.entered({ outcome: 'denied' });
    expect(sent[0]?.text).toContain('2 refusals of callers whom nothing names');
    expect(sent[0]).not.toHaveProperty('person');
    const rules = parseAlertRules('refusals=1/1m');
    if (rules === undefined) throw new Error('bad rules');
    const silent = vi.fn();
    const nameless = new AlertWatch({
      rules,
      service: () => 'shop',
      nameOf: () => undefined,
      send: silent,
    });
    nameless.entered({ outcome: 'denied', person: 'https://issuer.example|ada' });
    expect(JSON.stringify(silent.mock.calls)).toContain('of one person within');
    expect(JSON.stringify(silent.mock.calls)).not.toContain('ada');
  });

  test('keeps no more than 4,096 people: the quietest is forgotten', () => {
    const { watch, sent } = aWatch();
    watch.entered({ outcome: 'denied', person: 'first' });
    for (let n = 0; n < 4096; n += 1) watch.entered({ outcome: 'denied', person: String(n) });
    watch.entered({ outcome: 'denied', person: 'first' });
    expect(sent).toEqual([]);
    watch.entered({ outcome: 'denied', person: '4095' });
    expect(sent).toHaveLength(1);
  });

  test('passes on trouble of log and disk once an hour, and nothing else', () => {
    const { watch, sent, clock } = aWatch();
    const error = new LogbookError('ERR_LOGBOOK_LOW_SPACE', '9 % free', { hint: 'free space' });
    watch.problem(error);
    watch.problem(error);
    watch.problem(new LogbookError('ERR_LOGBOOK_INTEGRITY', 'segment was replaced'));
    watch.problem(new LogbookError('ERR_LOGBOOK_USAGE', 'not its affair'));
    watch.problem(undefined);
    expect(sent.map(({ rule, text }) => [rule, text])).toEqual([
      ['disk', 'mcp-logbook shop: 9 % free; free space'],
      ['integrity', 'mcp-logbook shop: segment was replaced'],
    ]);
    clock.now += 60 * MINUTE;
    watch.problem(error);
    expect(sent).toHaveLength(3);
  });

  test('is quiet where a rule is left out, and never throws', () => {
    const { watch, sent } = aWatch('integrity');
    for (let n = 0; n < 50; n += 1) watch.entered({ outcome: 'failure', person: 'ada' });
    watch.problem(new LogbookError('ERR_LOGBOOK_DISK_FULL', 'full'));
    expect(sent).toEqual([]);
    const rules = parseAlertRules('failures=1/1m,disk');
    if (rules === undefined) throw new Error('bad rules');
    const broken = new AlertWatch({
      rules,
      service: () => 'shop',
      nameOf: () => {
        throw new Error('no keyring');
      },
      send: () => {
        throw new Error('no worker');
      },
    });
    expect(() => broken.entered({ outcome: 'failure', person: 'ada' })).not.toThrow();
    expect(() => broken.problem(new LogbookError('ERR_LOGBOOK_DISK_FULL', 'x'))).not.toThrow();
  });
});

const servers: Server[] = [];
const folders: string[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A webhook that answers with these codes in turn, the last one for ever; 0 = never. */
async function aWebhook(...codes: number[]) {
  const got: { readonly type: string | undefined; readonly body: Record<string, unknown> }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      got.push({ type: request.headers['content-type'], body: JSON.parse(text) });
      const code = codes.length > 1 ? codes.shift() : codes[0];
      if (code === undefined || code === 0) return;
      response.writeHead(code, code === 302 ? { location: '/elsewhere' } : {}).end('ok');
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks/secret-part`, got };
}

const alert: Alert = {
  text: 'mcp-logbook shop: é ✓',
  rule: 'disk',
  service: 'shop',
  time: '2026-11-26T00:00:00.000Z',
};

/** Waits that take no time and are kept. */
function noWaits() {
  const waits: number[] = [];
  return { waits, wait: (ms: number) => Promise.resolve(void waits.push(ms)) };
}

describe('delivery', () => {
  test('is one POST of JSON with the text that Slack shows', async () => {
    const hook = await aWebhook(200);
    expect(await deliver(hook.url, alert)).toBeUndefined();
    expect(hook.got).toEqual([{ type: 'application/json', body: { ...alert } }]);
  });

  test('comes again after 500, 429 and 408, and no more than five times', async () => {
    const hook = await aWebhook(500, 429, 408, 204);
    const { waits, wait } = noWaits();
    expect(await deliver(hook.url, alert, { wait })).toBeUndefined();
    expect(hook.got).toHaveLength(4);
    expect(waits).toEqual([500, 2000, 8000]);
    const down = await aWebhook(503);
    expect(await deliver(down.url, alert, { wait })).toBe('it answers 503');
    expect(down.got).toHaveLength(5);
  });

  test('does not come again when the address is wrong, and follows no redirect', async () => {
    for (const code of [400, 403, 404, 302]) {
      const hook = await aWebhook(code);
      expect(await deliver(hook.url, alert, noWaits())).toBe(`it answers ${code}`);
      expect(hook.got).toHaveLength(1);
    }
  });

  test('says why nothing could be reached, and never where', async () => {
    const hook = await aWebhook(200);
    for (const server of servers.splice(0)) server.close();
    expect(await deliver(hook.url, alert, noWaits())).toBe('ECONNREFUSED');
    expect(await deliver('file:///nowhere/secret-part', alert, noWaits())).toBe('ENOENT');
    const folder = mkdtempSync(join(tmpdir(), 'logbook-alerts-'));
    folders.push(folder);
    writeFileSync(join(folder, 'address'), 'secret-part is no address\n');
    const why = await deliver(pathToFileURL(join(folder, 'address')).href, alert, noWaits());
    expect(why).toBe('ERR_INVALID_URL');
  });

  test('reads its address from a file, anew for each attempt', async () => {
    const hook = await aWebhook(200);
    const folder = mkdtempSync(join(tmpdir(), 'logbook-alerts-'));
    folders.push(folder);
    const file = join(folder, 'address');
    const wait = (): Promise<void> => Promise.resolve(writeFileSync(file, `${hook.url}\n`));
    expect(await deliver(pathToFileURL(file).href, alert, { wait })).toBeUndefined();
    expect(hook.got).toHaveLength(1);
  });
});

describe('the sender', () => {
  test('delivers from a worker in order, and its drain waits for them', async () => {
    const hook = await aWebhook(200);
    const sender = new AlertSender(hook.url, () => {});
    for (const text of ['one', 'two', 'three']) sender.send({ ...alert, text });
    await vi.waitFor(() => expect(hook.got).toHaveLength(3), { timeout: 30_000 });
    expect(hook.got.map(({ body }) => body['text'])).toEqual(['one', 'two', 'three']);
    await vi.waitFor(
      () => {
        const started = performance.now();
        sender.drainSync();
        expect(performance.now() - started).toBeLessThan(500);
      },
      { timeout: 30_000 },
    );
  });

  test('costs half a second at the end and no more when the webhook hangs', async () => {
    const hook = await aWebhook(0);
    const sender = new AlertSender(hook.url, () => {});
    for (let n = 0; n < 150; n += 1) sender.send({ ...alert, text: String(n) });
    await vi.waitFor(() => expect(hook.got).toHaveLength(1), { timeout: 30_000 });
    const started = performance.now();
    sender.drainSync();
    const waitedMs = performance.now() - started;
    expect(waitedMs).toBeGreaterThan(400);
    expect(waitedMs).toBeLessThan(10_000);
  });

  test('says in the next alert how many were dropped before it', async () => {
    const hook = await aWebhook(200);
    const sender = new AlertSender(hook.url, () => {});
    // Nothing is delivered before this function yields: the worker cannot have started yet.
    for (let n = 0; n < 130; n += 1) sender.send({ ...alert, text: String(n) });
    await vi.waitFor(() => expect(hook.got.length).toBeGreaterThanOrEqual(100), {
      timeout: 60_000,
    });
    await vi.waitFor(
      () => {
        sender.send({ ...alert, text: 'last' });
        expect(hook.got.some(({ body }) => body['dropped'] === 30)).toBe(true);
      },
      { timeout: 30_000 },
    );
  });

  test('a delivery that fails is one line without the address', async () => {
    const hook = await aWebhook(404);
    const lines: string[] = [];
    new AlertSender(hook.url, (line) => void lines.push(line)).send(alert);
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 30_000 });
    expect(lines[0]).toBe(
      'an alert could not be delivered: it answers 404; see MCP_LOGBOOK_ALERT_URL',
    );
  });
});
