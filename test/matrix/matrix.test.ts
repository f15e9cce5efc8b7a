/**
 * Every SDK version x module format x level x transport (issue 7, "Must show" 2): seen whole, and unchanged (I8).
 * `npm test` runs the cells whose SDK is among our own dependencies and differ most; `npm run test:matrix` all of them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ATTR_MCP_LOGBOOK_CLIENT_NAME,
  ATTR_MCP_PROTOCOL_VERSION,
  ATTR_NETWORK_TRANSPORT,
  EVENT_MCP_LOGBOOK_CALL,
  METRIC_MCP_SERVER_OPERATION_DURATION,
} from '@mcp-logbook/semconv';
import { expectSession, requestSpans } from '../harness/expect-run.ts';
import { stopProcesses } from '../harness/process.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { full } from '../harness/tried.ts';
import { type Cell, CELLS, modulesOf, runCell, stepsOf } from './cells.ts';
import { writeCompatibility } from './compatibility.ts';

const PROTOCOL_VERSIONS = { 2025: '2024-11-05', 2026: '2026-07-28' };

/** Titles of the cells that passed. */
const passed = new Set<string>();

beforeAll(() => {
  for (const sdk of new Set(cells.map((cell) => cell.sdk))) modulesOf(sdk);
}, 600_000);

afterAll(async () => {
  if (full && process.env['MCP_LOGBOOK_TABLE'] === '1')
    writeCompatibility((cell) => passed.has(titleOf(cell)));
  await stopProcesses();
  removeSandboxes();
});

/** One of each kind: both generations, formats, levels, transports and eras occur. */
const SAMPLE: readonly string[] = [
  'SDK 1.32 CJS, low level, http, era 2025',
  'SDK 2.4 CJS, high level, stdio, era 2026',
  'SDK 2.4 ESM, high level, http, era 2026',
  'SDK 2.4 ESM, low level, http, era 2025',
];

function titleOf({ sdk, format, level, transport, era }: Cell): string {
  return `SDK ${sdk} ${format}, ${level} level, ${transport}, era ${era}`;
}

const cells = CELLS.map((cell) => ({ ...cell, title: titleOf(cell) })).filter(
  ({ title }) => full || SAMPLE.includes(title),
);

test.each(cells)(
  '$title: every request is seen once, every answer is the plain one',
  async (cell) => {
    const receiver = await Receiver.start();
    const sandbox = aSandbox();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    };
    const plain = await runCell(cell, sandbox, {
      instrumented: false,
      port: await freePort(),
      env,
    });
    expect(receiver.requests).toBe(0);
    // What a short session may lose at its end is not the question here (exits.test.ts): the end waits for telemetry.
    const count = stepsOf(cell.era).length;
    const notifications = cell.era === '2025' ? 1 : 0;
    const beforeEnd = (): Promise<void> =>
      receiver
        .until(
          ({ logs }) =>
            requestSpans(receiver).length >= count &&
            logs.filter(({ eventName }) => eventName === EVENT_MCP_LOGBOOK_CALL).length >= count &&
            receiver
              .latest(METRIC_MCP_SERVER_OPERATION_DURATION)
              .reduce((sum, { value }) => sum + value, 0) >=
              count + notifications,
          30_000,
        )
        .catch(() => {}); // what is missing, the comparison below says
    const watched = await runCell(cell, sandbox, {
      instrumented: true,
      port: await freePort(),
      env,
      beforeEnd,
    });
    await receiver.stop();

    expect(watched.messages).toEqual(plain.messages);
    expect(plain.messages).toHaveLength(plain.requests.length);
    expect(watched.stderr).toBe(plain.stderr);
    expect([watched.exit.code, watched.exit.signal]).toEqual([plain.exit.code, plain.exit.signal]);
    expectSession(receiver, sandbox.logs, watched.requests, []);
    expect(strictProblems(receiver)).toEqual([]);
    const answered = requestSpans(receiver).filter((span) => span.name !== 'initialize');
    for (const { attributes } of answered) {
      expect(attributes[ATTR_NETWORK_TRANSPORT]).toBe(cell.transport === 'stdio' ? 'pipe' : 'tcp');
      expect(attributes[ATTR_MCP_PROTOCOL_VERSION]).toBe(PROTOCOL_VERSIONS[cell.era]);
      expect(attributes[ATTR_MCP_LOGBOOK_CLIENT_NAME]).toBe('matrix-client');
    }
    passed.add(cell.title);
  },
);
