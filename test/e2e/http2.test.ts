/**
 * A server behind node:http2, in clear and over TLS: seen as over HTTP/1, by its SDK and around it. Node.js itself tells
 * nobody of such requests (tap/http2.ts). Frameworks over HTTP/2 are in test/auth.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { query } from '@mcp-logbook/audit';
import { ATTR_NETWORK_PROTOCOL_VERSION } from '@mcp-logbook/semconv';
import { verifyRoot } from '../harness/cli.ts';
import { counts, expectSession, requestSpans } from '../harness/expect-run.ts';
import { asRecord } from '../harness/json.ts';
import { textOf } from '../harness/otlp.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';

const script = fileURLToPath(new URL('../harness/fixtures/http2-server.mjs', import.meta.url));
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** A certificate of the run's own. */
function aCertificate({ root }: Sandbox): Record<string, string> {
  const [key, cert] = [join(root, 'tls-key.pem'), join(root, 'tls-cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const self = ['req', '-x509', '-days', '1', '-subj', '/CN=127.0.0.1'];
  const made = spawnSync('openssl', [...self, ...curve, '-keyout', key, '-out', cert]);
  if (made.status !== 0) throw new Error(made.stderr.toString());
  return { TLS_KEY: key, TLS_CERT: cert };
}

async function run(how: string, sandbox: Sandbox, endpoint: string, instrumented: boolean) {
  const child = spawnNode({
    script,
    args: [how],
    env: {
      ...sandbox.env,
      ...(how !== 'plain' && aCertificate(sandbox)),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    },
    instrumented,
  });
  const { code, signal } = await child.gone();
  return { end: [code, signal], stdout: child.stdout, stderr: child.stderr };
}

const OVER_2 = ['200', '202', '200', '200', '200', '200', '401', '403'];
const PEOPLE = ['ada', 'bob', 'carol', 'dan'];

test.each([
  ['plain', OVER_2, PEOPLE],
  ['tls', OVER_2, PEOPLE],
  ['tls+http1', [...OVER_2, '200', '401'], [...PEOPLE, 'eve']],
] as const)(
  'over HTTP/2 (%s) a server answers as without us; each request is recorded once, with who and from where (I8)',
  async (how, statuses, people) => {
    if (how !== 'plain' && !hasOpenssl) return;
    const receiver = await Receiver.start();
    const plain = await run(how, aSandbox(), receiver.endpoint, false);
    const sandbox = aSandbox();
    const watched = await run(how, sandbox, receiver.endpoint, true);
    await receiver.stop();
    expect(plain).toMatchObject({ end: [0, null], stderr: '' });
    expect(plain.stdout.match(/^\d+/gm)).toEqual(statuses);
    expect(watched).toEqual(plain);
    expectSession(receiver, sandbox.logs, ['initialize', ...people.map(() => 'tools/call')], []);
    expect(strictProblems(receiver)).toEqual([]);
    expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);

    const versions = requestSpans(receiver).map((span) =>
      textOf(span, ATTR_NETWORK_PROTOCOL_VERSION),
    );
    expect(counts(versions)).toEqual({ 2: 5, ...(how === 'tls+http1' && { '1.1': 1 }) });

    const told = query(sandbox.logs, { limit: 100 }).flatMap(({ leaf, payload }) => {
      const { person, peer, request } = asRecord(payload ?? {});
      const { address, userAgent } = asRecord(peer ?? {});
      const { arguments: sent } = asRecord(request ?? {});
      return [{ kind: leaf.kind, person, address, userAgent, to: asRecord(sent ?? {})['to'] }];
    });
    const address = '127.0.0.1';
    const of = (kind: string): object[] =>
      told
        .filter((entry) => entry.kind === kind)
        .toSorted((a, b) => (String(a.person) < String(b.person) ? -1 : 1));
    const agentOf = (person: string): string => (person === 'eve' ? 'http1-agent' : 'http2-agent');
    expect(of('tool.call')).toEqual(
      people.map((to) => ({
        kind: 'tool.call',
        person: `https://id|${to}`,
        address,
        userAgent: agentOf(to),
        to,
      })),
    );
    expect(of('auth.login')).toMatchObject(
      people.map((to) => ({ person: `https://id|${to}`, address, userAgent: agentOf(to) })),
    );
    expect(of('auth.failure')).toMatchObject(
      statuses.filter((status) => status === '401').map(() => ({ address })),
    );
    expect(of('authz.denied')).toMatchObject([{ address, userAgent: 'http2-agent' }]);
  },
);
