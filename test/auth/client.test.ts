/**
 * The client's side of authorization, entered where `MCP_LOGBOOK_SIDES` says so: refused, sent to log in, registered,
 * token obtained, token refreshed; the program sees what it sees without us, and no secret is anywhere (I5, I8).
 */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { query } from '@mcp-logbook/audit';
import {
  ATTR_ERROR_TYPE,
  ATTR_MCP_LOGBOOK_AUTH_EVENT,
  METRIC_MCP_LOGBOOK_AUTH_EVENTS,
} from '@mcp-logbook/semconv';
import { asRecord } from '../harness/json.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { freePort, Receiver } from '../harness/receiver.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { strictProblems } from '../harness/strict.ts';
import { full } from '../harness/tried.ts';
import { makeSecrets, secretsFound, startGate } from './program.ts';

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

const EVENTS = [
  ['auth.client.registered', 'success', 'app-3', undefined],
  ['authz.granted', 'unknown', 'app-3', undefined],
  ['auth.failure', 'denied', undefined, undefined],
  ['auth.token.issued', 'success', 'app-1', 'https://id.example|ada'],
  ['auth.token.refreshed', 'success', 'app-1', 'https://id.example|ada'],
];

describe.each(full ? (['v1', 'v2'] as const) : (['v1'] as const))('a client on SDK %s', (sdk) => {
  test.each(['server', 'client'] as const)(
    'with MCP_LOGBOOK_SIDES=%s logs in as it does without us, and is entered where that says so',
    async (sides) => {
      const made = makeSecrets();
      const home = aSandbox();
      const port = await freePort();
      const server = await startGate({ sdk, framework: 'express', over: 'http1' }, home, {
        port,
        made,
        instrumented: false,
        env: {},
        own: !full,
      });
      const receiver = await Receiver.start();
      const sandbox = aSandbox();
      const run = async (instrumented: boolean) => {
        const client = spawnNode({
          script: join(home.root, 'program', 'client.mjs'),
          args: [sdk, String(port)],
          env: {
            ...sandbox.env,
            OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
            MCP_LOGBOOK_SIDES: sides,
            MADE: JSON.stringify(made),
          },
          instrumented,
        });
        expect((await client.gone()).code, client.stderr).toBe(0);
        return { stdout: client.stdout, stderr: client.stderr };
      };
      const plain = await run(false);
      const watched = await run(true);
      const count = (): number =>
        receiver.latest(METRIC_MCP_LOGBOOK_AUTH_EVENTS).reduce((sum, { value }) => sum + value, 0);
      await receiver.until(() => count() >= EVENTS.length).catch(() => {});
      await receiver.stop();
      server.kill('SIGTERM');
      await server.gone();
      expect(watched).toEqual(plain);
      expect(plain.stdout).toContain('UnauthorizedError');
      const entries = query(sandbox.logs, { limit: 100 });
      const told = entries
        .filter(({ leaf }) => /^authz?\./.test(leaf.kind))
        .toReversed()
        .map(({ leaf, payload }) => {
          expect(leaf.side).toBe('client');
          const { person, identity } = asRecord(payload);
          return [leaf.kind, leaf.outcome, asRecord(identity ?? {})['clientId'], person];
        });
      expect(told).toEqual(sides === 'client' ? EVENTS : []);
      const events = receiver.logs.filter(
        ({ attributes }) => ATTR_MCP_LOGBOOK_AUTH_EVENT in attributes,
      );
      expect(events).toHaveLength(sides === 'client' ? EVENTS.length : 0);
      expect(count()).toBe(EVENTS.length); // the metric counts whatever is entered
      const refused = receiver.spans.filter(
        ({ name, attributes }) => name === 'initialize' && attributes[ATTR_ERROR_TYPE] === '401',
      );
      expect(refused).toHaveLength(1);
      expect(strictProblems(receiver)).toEqual([]);
      const { stderr } = watched;
      const { wire } = receiver;
      expect(secretsFound(made, { wire, stderr, logs: sandbox.logs, entries })).toEqual([]);
    },
  );
});
