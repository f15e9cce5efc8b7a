/**
 * What `docs/operations.md` promises of backup and restore of the central log, tried: a copy made while the sink is
 * stopped, without the files that can be derived, is the same log; what was shipped before does not enter it twice (I2, I4).
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { verifyLog } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureSession } from '../harness/fixture-session.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { ROOT } from '../harness/stack/folder.ts';
import { Service } from '../harness/stack/service.ts';
import { startStack, type Stack } from '../harness/stack/stack.ts';

/** As docs/operations.md names them. */
const DERIVED = [
  'sink.db',
  'sink.db-wal',
  'sink.db-shm',
  'leaf-hashes',
  'index.db',
  'frontier',
  'tile',
];
const CALLS = 20;

describe('the central log from a backup', () => {
  const sandbox = aSandbox();
  let stack: Stack;
  let restored: Service | undefined;

  beforeAll(async () => {
    stack = await startStack({ folder: join(sandbox.root, 'stack'), parts: ['sink'] });
    await fixtureSession(sandbox, { calls: CALLS });
  });
  afterAll(async () => {
    await stopProcesses();
    await restored?.stop();
    await stack.stop();
    removeSandboxes();
  });

  /** Ships the server's log straight to the sink. */
  async function ship(): Promise<void> {
    const child = spawnNode({
      script: join(ROOT, 'packages/logbook/bin/mcp-logbook.js'),
      args: [
        'ship',
        '--from',
        '1',
        '--to',
        stack.urls.sink,
        '--token-file',
        stack.folder.secrets.sink_token,
      ],
      env: sandbox.env,
      instrumented: false,
    });
    expect((await child.gone()).code, child.stderr).toBe(0);
  }

  const leaves = (folder: string): number =>
    readdirSync(join(folder, 'segments'))
      .map(
        (name) => readFileSync(join(folder, 'segments', name), 'utf8').match(/^\{"leaf"/gm) ?? [],
      )
      .flat().length;

  it('verifies, opens, and takes nothing twice', async () => {
    await ship();
    const sink = stack.service('sink');
    await sink.stop();
    const data = stack.folder.data('sink');
    const backup = join(sandbox.root, 'backup');
    cpSync(data, backup, { recursive: true });
    const before = leaves(join(backup, 'central'));
    expect(before).toBeGreaterThan(CALLS);

    // The machine is lost; the copy comes back without what can be made again.
    rmSync(data, { recursive: true });
    mkdirSync(data, { mode: 0o700 });
    cpSync(backup, data, { recursive: true });
    for (const name of DERIVED)
      rmSync(join(data, 'central', name), { recursive: true, force: true });
    const report = verifyLog(join(data, 'central'));
    expect(report).toMatchObject({ ok: true });

    restored = new Service(sink.spec);
    await restored.start();
    await ship();
    await restored.stop();
    // A start and a stop are entries; none of the shipped ones came again.
    const ids = readdirSync(join(data, 'central/segments'))
      .map((name) => readFileSync(join(data, 'central/segments', name), 'utf8'))
      .flatMap((text) =>
        [...text.matchAll(/^\{"leaf":\{[^\n]*?"id":"([^"]+)"/gm)].map(([, id]) => id),
      );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(before);
    expect(ids.length).toBeLessThanOrEqual(before + 4);
  });
});
