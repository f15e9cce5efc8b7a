/**
 * The Grafana-managed rules and the opt-in contact points in a real Grafana: everything loads, every rule evaluates on
 * the live stores, and one alert reaches a webhook with its secret and its words. Windows are those of the pace `test`.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertFiles, alerts } from '@mcp-logbook/grafana';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asArray, asRecord } from '../harness/json.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { until } from '../harness/stack/query.ts';
import { Service } from '../harness/stack/service.ts';
import { missingParts, startStack, type Stack } from '../harness/stack/stack.ts';

const skipped = missingParts('loki', 'prometheus', 'grafana');
const CONTACT_POINTS = join(ROOT, 'grafana/contact-points');
const TOKEN = 'webhook-token-of-the-test';

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

describe.skipIf(skipped !== undefined)(`alerts in Grafana, ${skipped ?? 'provisioned'}`, () => {
  const sandbox = aSandbox();
  const delivered: Delivery[] = [];
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
      delivered.push({ headers: request.headers, body: asRecord(body) });
      response.end();
    });
  });
  let stack: Stack;
  let grafana: Service;

  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const address = receiver.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    stack = await startStack({
      folder: join(sandbox.root, 'stack'),
      parts: ['prometheus', 'loki', 'grafana'],
    });
    // Started once as shipped, now again with short windows, contact points and their secrets.
    const shipped = stack.service('grafana');
    await shipped.stop();
    const secrets = join(sandbox.root, 'secrets');
    mkdirSync(secrets, { mode: 0o700 });
    for (const [name, value] of Object.entries({
      slack_url: 'https://hooks.slack.example/services/T0/B0/x',
      pagerduty_key: '0123456789abcdef0123456789abcdef',
      alert_emails: 'ann@example.org;bob@example.org',
      alert_webhook_url: `http://127.0.0.1:${port}/hook`,
      alert_webhook_token: TOKEN,
    }))
      writeFileSync(join(secrets, name), value, { mode: 0o600 });
    grafana = new Service({
      ...shipped.spec,
      env: { ...shipped.spec.env, GF_PATHS_PROVISIONING: provisioning(sandbox.root, secrets) },
    });
    await grafana.start();
  });

  afterAll(async () => {
    await grafana?.stop();
    await stack?.stop();
    receiver.close();
    removeSandboxes();
  });

  async function api(path: string): Promise<unknown> {
    const password = readFileSync(stack.folder.secrets.grafana_password, 'utf8');
    const response = await fetch(new URL(path, stack.urls.grafana), {
      headers: {
        authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
      },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }

  async function rules(): Promise<Record<string, unknown>[]> {
    const answer = asRecord(await api('/api/prometheus/grafana/api/v1/rules'));
    return asArray(asRecord(answer['data'])['groups']).flatMap((group) =>
      asArray(asRecord(group)['rules']).map(asRecord),
    );
  }

  it('every rule and every contact point is loaded', async () => {
    const loaded = asArray(await api('/api/v1/provisioning/alert-rules')).map(asRecord);
    expect(loaded.map(({ title }) => String(title)).toSorted()).toEqual(
      alerts('test')
        .map(({ name }) => name)
        .toSorted(),
    );
    const points = asArray(await api('/api/v1/provisioning/contact-points')).map(asRecord);
    expect(points.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        ['slack', 'pagerduty', 'email', 'webhook'].map((name) => `mcp-logbook-${name}`),
      ),
    );
    expect(grafana.lastLines(10_000)).not.toMatch(
      /logger=(provisioning\.alerting|ngalert\S*).*level=(error|warn)/,
    );
  });

  it('every rule evaluates on the live stores', async () => {
    const evaluated = await until(
      rules,
      (all) => all.length > 0 && all.every(wasEvaluated),
      90_000,
      (all) => `${all?.length} rules, not all evaluated`,
    );
    for (const rule of evaluated)
      expect(rule['health'], `${String(rule['name'])}: ${String(rule['lastError'])}`).not.toBe(
        'error',
      );
    // Most have nothing to judge here, and their words no number: that is no error either.
    expect(grafana.lastLines(10_000)).not.toMatch(/expanding template/);
  });

  it('a firing alert reaches the webhook with the token from its file, its number, labels and runbook', async () => {
    // There is no collector in this stack.
    const isOurs = ({ body }: Delivery): boolean =>
      asRecord(body['commonLabels'])['alertname'] === 'CollectorDown';
    await until(
      () => Promise.resolve(delivered.filter(isOurs)),
      (found) => found.length > 0,
      150_000,
      () => `a delivery of CollectorDown among ${delivered.length}`,
    );
    const { headers, body } = delivered.find(isOurs) ?? { headers: {}, body: {} };
    expect(headers['authorization']).toBe(`Bearer ${TOKEN}`);
    expect(body['commonLabels']).toMatchObject({ product: 'mcp-logbook', severity: 'critical' });
    expect(body['commonAnnotations']).toMatchObject({
      runbook_url: expect.stringMatching(/runbook\.md#collectordown$/),
      summary: expect.stringContaining('does not answer'),
    });
  });
});

function wasEvaluated({ lastEvaluation }: Record<string, unknown>): boolean {
  return typeof lastEvaluation === 'string' && !lastEvaluation.startsWith('0001');
}

/** A provisioning folder: shipped data sources, rules with short windows, all contact points, one policy. */
function provisioning(root: string, secrets: string): string {
  const folder = join(root, 'provisioning');
  const alerting = join(folder, 'alerting');
  cpSync(join(ROOT, 'grafana/provisioning/datasources'), join(folder, 'datasources'), {
    recursive: true,
  });
  mkdirSync(alerting, { recursive: true });
  for (const { path, text } of alertFiles({ pace: 'test' }))
    if (path.startsWith('provisioning/alerting/'))
      writeFileSync(join(alerting, path.slice('provisioning/alerting/'.length)), text);
  const chosen = readdirSync(CONTACT_POINTS).filter(
    (name) => name.endsWith('.yaml') && name !== 'policy-paging.yaml',
  );
  for (const name of chosen) {
    const text = readFileSync(join(CONTACT_POINTS, name), 'utf8');
    writeFileSync(
      join(alerting, name),
      text.replaceAll('/run/secrets', secrets).replace('group_wait: 30s', 'group_wait: 1s'),
    );
  }
  return folder;
}
