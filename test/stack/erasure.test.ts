/**
 * Erasure end to end through the stack: one command removes a person from the central log of a running sink, has Loki
 * delete their lines and waits until queries do not show them, and says what Tempo keeps until when. Others stay.
 *
 * Loki hides what is to be deleted within five minutes, at once after a restart: it is restarted here while the command
 * waits. With MCP_LOGBOOK_FULL=1 it is not, and the command waits as long as it takes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createShipper, openLogbook } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mcpLogbook } from '../harness/cli.ts';
import { logsBody, postOtlp, spansBody } from '../harness/otlp-send.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { foundSpans, logLines, until } from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';
import { verifies } from '../requirements.ts';

verifies('M6.7');

const full = process.env['MCP_LOGBOOK_FULL'] === '1';
const without = missingParts('sink', 'collector', 'loki');
const withoutTempo = missingParts('tempo');
const VICTIM = 'https://issuer.example|canary-4711';
const OTHER = 'https://issuer.example|other-1';
/** Entries of each person. */
const EACH = 20;

let sandbox: Sandbox;
let stack: Stack;
/** Pseudonyms in telemetry. */
let victim = '';
let other = '';

const linesOf = async (pseudonym: string): Promise<number> => {
  const query = `{service_name=~".+"} | enduser_pseudo_id="${pseudonym}"`;
  const range = { fromMs: Date.now() - 3_600_000, toMs: Date.now() + 60_000 };
  return (await logLines(stack.urls.loki, query, range)).length;
};

const tracesOf = async (pseudonym: string): Promise<number> => {
  const range = { fromMs: Date.now() - 3_600_000, toMs: Date.now() + 60_000 };
  const query = `{ span.enduser.pseudo.id = "${pseudonym}" }`;
  return (await foundSpans(stack.urls.tempo, query, range)).length;
};

beforeAll(async () => {
  if (without !== undefined) return;
  sandbox = aSandbox();
  stack = await startStack({
    folder: join(sandbox.root, 'stack'),
    parts: ['sink', 'collector', 'loki', 'tempo'],
  });
  const pseudonymKeyFile = stack.folder.secrets.fleet_key;
  const root = join(sandbox.root, 'producer');
  const log = openLogbook({ root, service: 'shop', pseudonymKeyFile });
  [victim, other] = [log.pseudonym(VICTIM), log.pseudonym(OTHER)];
  for (let n = 0; n < 2 * EACH; n += 1)
    log.record({
      kind: 'tool.call',
      target: 'order',
      person: n % 2 === 0 ? VICTIM : OTHER,
      payload: { request: { n } },
    });
  log.close();
  const shipper = await createShipper({
    root,
    endpoint: stack.urls.audit,
    tokenFile: stack.folder.secrets.intake_token,
    recipient: stack.senderEnv['MCP_LOGBOOK_AUDIT_RECIPIENT'],
    pseudonymKeyFile,
    pseudonyms: true,
  });
  expect((await shipper.shipNow()).complete).toBe(true);
  await shipper.close();
  const token = readFileSync(stack.folder.secrets.intake_token, 'utf8');
  const from = { service: 'shop' };
  for (const pseudonym of [victim, other]) {
    const attributes = { 'enduser.pseudo.id': pseudonym, 'gen_ai.tool.name': 'order' };
    const logs = logsBody(from, [{ eventName: 'mcp_logbook.call', body: 'a call', attributes }]);
    expect(await postOtlp(stack.urls.otlpHttp, 'logs', logs, token)).toBe(200);
    const spans = spansBody(from, [{ name: 'tools/call order', attributes }]);
    expect(await postOtlp(stack.urls.otlpHttp, 'traces', spans, token)).toBe(200);
  }
});
afterAll(async () => {
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `erase` as an operator runs it; `waiting` is called once the command waits for Loki. */
async function erase(args: readonly string[], waiting?: () => Promise<void>): Promise<Run> {
  const command = join(ROOT, 'packages/logbook/bin/mcp-logbook.js');
  const child = spawn(process.execPath, [command, 'erase', ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: sandbox.root },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  let meanwhile: Promise<void> | undefined;
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString();
    if (stderr.includes('waiting until it hides')) meanwhile ??= waiting?.();
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  await meanwhile;
  return { code, stdout, stderr };
}

describe.skipIf(without !== undefined)(`erasure through the stack ${without ?? ''}`, () => {
  test(
    'a person goes from the central log and from Loki, everybody else stays (M6.7, I6)',
    async () => {
      await until(
        async () => [await linesOf(victim), await linesOf(other)],
        ([mine, theirs]) => mine === EACH + 1 && theirs === EACH + 1,
        45_000,
        (counts) => `lines of both people: ${String(counts)}`,
      );
      if (withoutTempo === undefined)
        await until(
          async () => await tracesOf(victim),
          (traces) => traces === 1,
          60_000,
          (traces) => `${traces} traces`,
        );
      const certificate = join(sandbox.work, 'certificate');
      const sink = ['--sink', stack.urls.sink, '--token-file', stack.folder.secrets.admin_token];
      const stores = [
        '--loki',
        stack.urls.loki,
        ...(withoutTempo === undefined ? ['--tempo', stack.urls.tempo] : []),
      ];
      const wait = ['--wait', full ? '600' : '90'];
      const about = ['--user', VICTIM, ...sink, ...stores, ...wait, '--certificate', certificate];
      const { code, stdout, stderr } = await erase(about, async () => {
        if (full) return;
        await stack.service('loki').stop();
        stack.service('loki').spawn();
        await stack.service('loki').ready();
      });
      expect([code, stderr]).toEqual([0, expect.stringContaining('waiting until it hides them')]);
      expect(stdout).toMatch(/^central: erased a_\w{16}: 20 seals; certificate: "/);
      expect(stdout).toContain(`Loki: ${EACH + 1} lines of ${victim} hidden from queries after`);
      expect(stdout).toContain('at the compaction that comes 24h after the request');
      if (withoutTempo === undefined)
        expect(stdout).toMatch(
          /Tempo: 1 traces name the person until 20\d\d-[\dT:.-]+Z at the latest \(block_retention \d+ h\)/,
        );

      expect(await linesOf(victim)).toBe(0);
      expect(await linesOf(other)).toBe(EACH + 1);
      const dir = ['--dir', stack.folder.data('sink')];
      const query = (user: string): string =>
        mcpLogbook(['query', ...dir, '--user', user, '--json', '--limit', '100']).stdout;
      expect(query(VICTIM)).toBe('');
      expect(query(OTHER).trim().split('\n')).toHaveLength(EACH);
      const verified = mcpLogbook(['verify', ...dir, '--deep']);
      expect([verified.code, verified.stdout]).toEqual([0, expect.any(String)]);
      // Of the folder of the log, as an operator hands it out.
      const identity = JSON.parse(
        readFileSync(join(stack.folder.data('sink'), 'central', 'log.json'), 'utf8'),
      ) as { readonly vkey: string };
      const checked = mcpLogbook(['check', certificate, '--key', identity.vkey]);
      expect([checked.code, checked.stdout]).toEqual([
        0,
        expect.stringContaining('erasure.completed'),
      ]);
    },
    full ? 700_000 : 240_000,
  );

  test('run again it finds nobody and nothing left: code 1; a wrong token: code 3 and no secret', async () => {
    const sink = ['--sink', stack.urls.sink, '--token-file'];
    const again = await erase([
      '--user',
      VICTIM,
      '--pseudonym',
      victim,
      '--loki',
      stack.urls.loki,
      ...sink,
      stack.folder.secrets.admin_token,
    ]);
    expect([again.code, again.stdout]).toEqual([1, `Loki: no line of ${victim}\n`]);
    const wrong = await erase(['--user', OTHER, ...sink, stack.folder.secrets.sink_token]);
    expect([wrong.code, wrong.stdout]).toEqual([3, '']);
    expect(wrong.stderr).toContain('answers 401: wrong or missing admin token');
    expect(wrong.stderr).not.toContain(readFileSync(stack.folder.secrets.sink_token, 'utf8'));
    expect(await linesOf(other)).toBe(EACH + 1);
  });
});
