/** Entries as the recorder makes them of tool calls: 1,000 people, 40 tools, arguments of 215 bytes, results of 180. */
import { randomBytes } from 'node:crypto';
import { type AuditEntry, uuidV7 } from '@mcp-logbook/audit';

const PEOPLE = 1000;
const TOOLS = 40;
/** Time between two entries: a million are 28 hours. */
const STEP_MICROS = 100_000;
/** Ten million end in the same month. */
const START_MICROS = Date.UTC(2026, 0, 1) * 1000;

/** Everything is the same in every run but ids, traces and what the log draws itself. */
export function anEntry(n: number): AuditEntry {
  const timeMicros = timeOf(n);
  const person = personOf(n);
  const payload = {
    person,
    identity: { sub: person.split('|')[1], email: `user-${n % PEOPLE}@example.org` },
    client: { name: 'bench-client', version: '1.4.2' },
    session: `session-${Math.floor(n / 50)}`,
    peer: { address: '192.0.2.17', userAgent: 'bench/1.4' },
    request: {
      name: `tool-${n % TOOLS}`,
      arguments: { path: `/documents/${n}.md`, lines: [n, n + 20], note: WORDS.slice(0, 150) },
    },
    result: { content: [{ type: 'text', text: WORDS.slice(n % 90, (n % 90) + 140) }] },
  };
  return {
    id: uuidV7(timeMicros / 1000),
    timeMicros,
    kind: 'tool.call',
    action: n % 3 === 0 ? 'write' : 'read',
    outcome: n % 50 === 0 ? 'failure' : 'success',
    target: `tool-${n % TOOLS}`,
    side: 'server',
    durationMicros: 1500 + (n % 700),
    person,
    trace: randomBytes(16).toString('hex'),
    span: randomBytes(8).toString('hex'),
    rules: 'r1',
    payload: JSON.stringify(payload),
  };
}

export function timeOf(n: number): number {
  return START_MICROS + n * STEP_MICROS;
}

/** Scattered over all people, so that neighbours are seldom the same person's. */
export function personOf(n: number): string {
  return `https://login.example.org|user-${(n * 7919) % PEOPLE}`;
}

const WORDS =
  'The invoice of the second quarter was sent to the customer, who asked for another copy; the old one names a wrong ' +
  'address. Please compare both, mark what differs, and write a short answer that a person without our files understands.';
