/** `verify --anchors` with a real Loki: checkpoints as a server's log records leave them there (audit.md 7). */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogbook, readAnchors, verifyLog } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';

const without = missingParts('loki');

describe.skipIf(without !== undefined)(`checkpoints in Loki ${without ?? ''}`, () => {
  const sandbox = aSandbox();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ folder: join(sandbox.root, 'stack'), parts: ['loki'] });
  });
  afterAll(async () => {
    await stack.stop();
    removeSandboxes();
  });

  test('are anchors of the log: a sound one is anchored by them, an old snapshot put back is found', async () => {
    const notes: string[] = [];
    const observer = { checkpoint: (note: string) => void notes.push(note) };
    const write = (): { folder: string; origin: string; vkey: string } => {
      const log = openLogbook({ root: sandbox.logs, service: 'shop', observer });
      log.record({ kind: 'tool.call', target: 'buy', payload: {} });
      log.close();
      return log;
    };
    const { folder, origin, vkey } = write();
    const snapshot = join(sandbox.work, 'snapshot');
    cpSync(folder, snapshot, { recursive: true });
    write();
    const other = openLogbook({ root: join(sandbox.root, 'other'), service: 'shop', observer });
    other.close();
    expect(notes.length).toBeGreaterThan(2);

    const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
    const logRecords = notes.map((note, n) => ({
      timeUnixNano: `${Date.now() - n * 1000}000000`,
      eventName: 'mcp_logbook.checkpoint',
      body: { stringValue: note },
    }));
    const attributes = [text('service.name', 'shop'), text('mcp_logbook.log.class', 'audit')];
    const body = { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] };
    const pushed = await fetch(`${stack.urls.loki}/otlp/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(pushed.ok).toBe(true);

    // Longer ago than one question to Loki may reach.
    const since = new Date(Date.now() - 70 * 86_400_000);
    await expect
      .poll(async () => (await readAnchors(stack.urls.loki, origin, { since })).length, {
        timeout: 60_000,
      })
      .toBe(notes.filter((note) => note.startsWith(`${origin}\n`)).length);
    const anchors = await readAnchors(stack.urls.loki, origin, { since });
    const sound = verifyLog(folder, { vkey, anchors });
    expect(sound).toMatchObject({ ok: true, problems: [] });
    expect(sound.anchor?.size).toBe(sound.size);
    expect(verifyLog(snapshot, { vkey }).ok).toBe(true);
    expect(verifyLog(snapshot, { vkey, anchors }).ok).toBe(false);
    const segment = join(folder, 'segments', '000000000000.jsonl');
    writeFileSync(segment, readFileSync(segment, 'utf8').replace('"buy"', '"bid"'));
    expect(verifyLog(folder, { vkey, anchors }).ok).toBe(false);
  });
});
