/**
 * Every authentication event, on SDK 1 and 2, on Express, Hono and Fastify: the answers are those of the plain server,
 * each event is told and entered once with client, person, address and program, and no token, code, secret or verifier
 * is anywhere (I5, I8).
 *
 * `npm test` runs what needs no more than the project's own packages; `npm run test:auth` everything.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { query } from '@mcp-logbook/audit';
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_MCP_LOGBOOK_AUTH_EVENT,
  ATTR_MCP_LOGBOOK_AUTH_REASON,
  ATTR_MCP_LOGBOOK_ENTRY_ID,
  ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID,
  ATTR_USER_AGENT_ORIGINAL,
  EVENT_MCP_LOGBOOK_AUTH,
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
} from '@mcp-logbook/semconv';
import { asRecord } from '../harness/json.ts';
import { stopProcesses } from '../harness/process.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { full } from '../harness/tried.ts';
import { verifies } from '../requirements.ts';
import { type Gate, type Made, makeSecrets, secretsFound, startGate } from './program.ts';
import { type Answer, comparable, send as sendByHttp1, sendByHttp2, sessionIn } from './send.ts';
import { OWN_SESSION } from './gate-rows.ts';
import type { RowSpec } from './rows.ts';
import { rowsOf } from './table.ts';

verifies('M7.4');

const GATES: readonly Gate[] = (['v1', 'v2'] as const).flatMap((sdk) => [
  { sdk, framework: 'express', over: 'http1' } as const, // Express has no HTTP/2
  ...(['hono', 'fastify'] as const).flatMap((framework) =>
    (['http1', 'http2'] as const).map((over) => ({ sdk, framework, over })),
  ),
]);
/** Those that run on the packages which are there anyway. */
const OWN: readonly string[] = ['v1 express http1', 'v1 hono http1', 'v1 hono http2'];

const gates = GATES.map((gate) => ({
  ...gate,
  title: `${gate.sdk} ${gate.framework} ${gate.over}`,
})).filter(({ title }) => full || OWN.includes(title));

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

interface Sent {
  readonly row: RowSpec;
  readonly answer: Answer;
}

/** Sends the table to one server, each row under a program name of its own. */
async function runTable(
  gate: Gate,
  sandbox: Sandbox,
  made: Made,
  options: { readonly instrumented: boolean; readonly env: Readonly<Record<string, string>> },
): Promise<{
  readonly sent: Sent[];
  readonly session: string;
  readonly stderr: string;
  end(): Promise<void>;
}> {
  const port = await freePort();
  const child = await startGate(gate, sandbox, { ...options, port, made, own: !full });
  let session = '';
  const sent: Sent[] = [];
  const send = gate.over === 'http2' ? sendByHttp2 : sendByHttp1;
  for (const [index, row] of rowsOf(gate, made).entries()) {
    const headers: Record<string, string> = { 'user-agent': `row-${index}`, ...row.ask.headers };
    if (headers['mcp-session-id'] === OWN_SESSION) headers['mcp-session-id'] = session;
    const answer = await send(port, { ...row.ask, headers });
    sent.push({ row, answer });
    if (session === '') session = sessionIn(answer) ?? '';
  }
  return {
    sent,
    session,
    get stderr() {
      return child.stderr.replaceAll(/\(node:\d+\)/g, '(node)');
    },
    end: async () => {
      child.kill('SIGTERM');
      await child.gone();
    },
  };
}

describe.each(gates)('$title', (gate) => {
  const made = makeSecrets();
  const sandbox = aSandbox();
  let receiver: Receiver;
  let plain: Awaited<ReturnType<typeof runTable>>;
  let watched: Awaited<ReturnType<typeof runTable>>;
  let entries: ReturnType<typeof query>;

  beforeAll(async () => {
    receiver = await Receiver.start();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      MCP_LOGBOOK_TRUST_PROXY: '127.0.0.0/8',
    };
    plain = await runTable(gate, sandbox, made, { instrumented: false, env });
    await plain.end();
    watched = await runTable(gate, sandbox, made, { instrumented: true, env });
    const count = watched.sent.filter(({ row }) => row.expected !== undefined).length;
    await receiver
      .until(
        () =>
          receiver.logs.filter(({ eventName }) => eventName === EVENT_MCP_LOGBOOK_AUTH).length >=
            count &&
          receiver
            .latest(METRIC_MCP_LOGBOOK_AUTH_EVENTS)
            .reduce((sum, { value }) => sum + value, 0) >= count &&
          receiver.spans.length >= 5,
        20_000,
      )
      .catch(() => {}); // what is missing, the comparisons below say
    await watched.end();
    await receiver.stop();
    entries = query(sandbox.logs, { limit: 1_000 });
  }, 300_000);

  test('every answer is the one of the plain server: status, headers, body (I8)', () => {
    const said = ({ sent }: typeof plain) =>
      sent.map(({ row, answer }) => [row.title, comparable(answer)]);
    expect(plain.sent.map(({ row, answer }) => [row.title, answer.status])).toEqual(
      plain.sent.map(({ row }) => [row.title, row.status]),
    );
    expect(said(watched)).toEqual(said(plain));
    expect(watched.stderr).toBe(plain.stderr);
  });

  test('every event is entered once: kind, outcome, person, client, address, program, session', () => {
    const told = watched.sent.map(({ row }, index) => {
      const found = entries
        .filter(({ payload }) => peerOf(payload)['userAgent'] === `row-${index}`)
        .filter(({ leaf }) => /^authz?\./.test(leaf.kind))
        .map(({ leaf, payload }) => {
          const { person, identity, session } = asRecord(payload);
          return {
            kind: leaf.kind,
            action: leaf.action,
            outcome: leaf.outcome,
            actor: leaf.actor === 'anonymous' ? undefined : 'a person',
            person,
            clientId: asRecord(identity ?? {})['clientId'],
            address: peerOf(payload)['address'],
            session: sessionName(session, watched.session),
          };
        });
      return [row.title, found];
    });
    expect(told).toEqual(
      watched.sent.map(({ row: { title, expected } }) => [
        title,
        expected?.kind === undefined
          ? []
          : [
              {
                kind: expected.kind,
                action: expected.action,
                outcome: expected.outcome,
                actor: expected.person === undefined ? undefined : 'a person',
                person: expected.person,
                clientId: expected.clientId,
                address: expected.address ?? '127.0.0.1',
                session: expected.session,
              },
            ],
      ]),
    );
  });

  test('every event is told once, with its reason, and points at its entry', () => {
    const ids = new Set(entries.map(({ leaf }) => leaf.id));
    const told = watched.sent.map(({ row }, index) => [
      row.title,
      receiver.logs
        .filter(({ attributes }) => attributes[ATTR_USER_AGENT_ORIGINAL] === `row-${index}`)
        .map(({ attributes }) => ({
          event: attributes[ATTR_MCP_LOGBOOK_AUTH_EVENT],
          reason: attributes[ATTR_MCP_LOGBOOK_AUTH_REASON],
          status: attributes[ATTR_HTTP_RESPONSE_STATUS_CODE],
          address: attributes[ATTR_CLIENT_ADDRESS],
          clientId: attributes[ATTR_MCP_LOGBOOK_OAUTH_CLIENT_ID],
          entered: [...ids].includes(attributes[ATTR_MCP_LOGBOOK_ENTRY_ID] as string),
        })),
    ]);
    expect(told).toEqual(
      watched.sent.map(({ row: { title, status, expected } }) => [
        title,
        expected === undefined
          ? []
          : [
              {
                event: expected.event,
                reason: expected.reason,
                status,
                address: expected.address ?? '127.0.0.1',
                clientId: expected.clientId,
                entered: expected.kind !== undefined,
              },
            ],
      ]),
    );
    expect(strictProblems(receiver)).toEqual([]);
  });

  test('an MCP span stands for a message that a server got, and for nothing else', () => {
    // Of the rows: two sessions opened, one request within the first, and both uses without a session.
    const last = gate.sdk === 'v1' ? 'tools/list' : 'tools/call echo';
    expect(receiver.spans.map(({ name }) => name)).toEqual([
      'initialize',
      'tools/list',
      'initialize',
      'tools/list',
      last,
    ]);
  });

  test('the metric counts each event once', () => {
    const counted: Record<string, number> = {};
    for (const { attributes, value } of receiver.latest(METRIC_MCP_LOGBOOK_AUTH_EVENTS)) {
      const name = [ATTR_MCP_LOGBOOK_AUTH_EVENT, ATTR_MCP_LOGBOOK_AUTH_REASON]
        .map((key) => JSON.stringify(attributes[key]))
        .join(' ');
      counted[name] = (counted[name] ?? 0) + value;
    }
    const wanted: Record<string, number> = {};
    for (const { row } of watched.sent) {
      if (row.expected === undefined) continue;
      const { event, reason } = row.expected;
      const name = [event, reason].map((word) => JSON.stringify(word)).join(' ');
      wanted[name] = (wanted[name] ?? 0) + 1;
    }
    expect(counted).toEqual(wanted);
  });

  test('no token, code, secret or verifier is in OTLP bytes, in the logbook or on stderr (I5)', () => {
    const { wire } = receiver;
    const { stderr } = watched;
    expect(secretsFound(made, { wire, stderr, logs: sandbox.logs, entries })).toEqual([]);
    expect(JSON.stringify(entries)).toContain('row-5');
    expect(wire).toContain('row-5');
  });
});

function peerOf(payload: unknown): Readonly<Record<string, unknown>> {
  return asRecord(asRecord(payload ?? {})['peer'] ?? {});
}

function sessionName(session: unknown, own: string): string | undefined {
  if (typeof session !== 'string') return undefined;
  if (session === own) return 'own';
  return session.startsWith('00000000-') ? 'foreign' : 'any';
}
