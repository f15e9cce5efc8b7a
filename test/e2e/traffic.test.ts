/** The demo's traffic maker: what it says it did is what the servers' logs hold (I3), one entry for each. */
import { afterAll, expect, test } from 'vitest';
import { join } from 'node:path';
import { entryKindOf } from '@mcp-logbook/semconv';
import { mcpLogbook } from '../harness/cli.ts';
import { asRecord } from '../harness/json.ts';
import { stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { strictProblems } from '../harness/strict.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { type Noted, readNotes, startTraffic } from '../harness/traffic.ts';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** What the log calls the end that a client saw. */
const OUTCOMES: Readonly<Record<string, string>> = {
  success: 'success',
  tool_error: 'failure',
  protocol_error: 'failure',
  cancelled: 'failure',
  timeout: 'failure',
};

const entered = (note: Noted): boolean => entryKindOf(note.method) !== undefined;

test('every request of the traffic has exactly one entry of its kind and outcome, and every refusal one', async () => {
  const sandbox = aSandbox();
  const receiver = await Receiver.start();
  const file = join(sandbox.root, 'record.jsonl');
  const traffic = startTraffic(['--calls', '260', '--rate', '0', '--seed', '3', '--record', file], {
    ...sandbox.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
  });
  const { code } = await traffic.gone(90_000);
  await receiver.stop();
  expect(traffic.stderr).toBe('');
  expect(code).toBe(0);

  const heaps = receiver.latest('v8js.memory.heap.used');
  const measured = new Set(heaps.map(({ resource }) => resource['service.name']));
  const notes = readNotes(file);
  expect(notes.filter(({ server }) => !measured.has(server))).toEqual([]);
  expect(strictProblems(receiver)).toEqual([]);

  const wanted = notes
    .filter(entered)
    .map((note) => `${note.traceId} ${entryKindOf(note.method)?.kind} ${OUTCOMES[note.outcome]}`);
  const { stdout } = mcpLogbook(['query', '--dir', sandbox.logs, '--json', '--limit', '100000']);
  const leaves = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => asRecord(asRecord(JSON.parse(line))['leaf']));
  const found = leaves
    .filter((leaf) => leaf['trace'] !== undefined)
    .map((leaf) => `${String(leaf['trace'])} ${String(leaf['kind'])} ${String(leaf['outcome'])}`);
  expect(found.toSorted()).toEqual(wanted.toSorted());

  const refused = (status: number): number => notes.filter((note) => note.status === status).length;
  const kinds = leaves.map((leaf) => String(leaf['kind']));
  expect(refused(401) + refused(403)).toBeGreaterThan(3);
  expect(kinds.filter((kind) => kind === 'auth.failure')).toHaveLength(refused(401));
  expect(kinds.filter((kind) => kind === 'authz.denied')).toHaveLength(refused(403));

  // Every client lists the tools once it is connected, so whatever the seed, a server that changes is seen to.
  const changed = leaves.filter(
    ({ kind, action }) => kind === 'config.changed' && action === 'alter',
  );
  expect(changed.map(({ service }) => service)).toContain('demo-reports');

  // Sessions end on the way too: a series of a dashboard that begins with the last export of a server never grows.
  const begun = notes.filter(
    ({ method, outcome }) => method === 'initialize' && outcome === 'success',
  );
  for (const server of ['demo-shop', 'demo-reports']) {
    const people = begun.filter((note) => note.server === server).map(({ person }) => person);
    expect(people.length, server).toBeGreaterThan(new Set(people).size);
  }

  const has = (outcome: string): boolean => notes.some((note) => note.outcome === outcome);
  expect(['success', 'tool_error', 'protocol_error'].filter((outcome) => !has(outcome))).toEqual(
    [],
  );
  expect(new Set(notes.map((note) => note.server)).size).toBe(5);
});
