/** `npm run stack`: one command, no Docker; ready within a minute, gone without a trace when asked to stop. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { spawnNode, stopProcesses, testFolder } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { logSamples, until } from '../harness/stack/query.ts';
import { missingParts } from '../harness/stack/stack.ts';
import { verifies } from '../requirements.ts';

verifies('M4.9');

const MAIN = join(testFolder, 'stack', 'main.ts');
const without = missingParts('sink', 'collector', 'loki', 'prometheus');

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

/** The environment, with which programs are found. */
const env = (): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  ),
  TMPDIR: aSandbox().root,
});

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(without !== undefined)(`npm run stack ${without ?? ''}`, () => {
  test('is ready in 60 s with demo traffic on it, and SIGINT stops every part', async () => {
    const started = performance.now();
    const run = spawnNode({
      script: MAIN,
      args: ['--rate', '20'],
      env: env(),
      instrumented: false,
    });
    await run.printed('Ctrl-C stops all of it', 60_000);
    expect(performance.now() - started).toBeLessThan(60_000);
    const urls = [...run.stdout.matchAll(/^(\w[\w ]*?) +(http:\/\/127\.0\.0\.1:\d+)/gm)];
    const url = (name: string): string => urls.find(([, key]) => key === name)?.[2] ?? '';
    expect(urls.length).toBeGreaterThan(4);
    const calls = 'sum(count_over_time({mcp_logbook_log_class="call"}[5m]))';
    await until(
      () => logSamples(url('Loki'), calls, Date.now()),
      ([sum]) => (sum?.value ?? 0) > 20,
      60_000,
      (sums) => `${sums?.[0]?.value} calls in Loki`,
    );
    const tokens = /^tokens +(\S+), (\S+)$/m.exec(run.stdout)?.slice(1) ?? [];
    expect(tokens.map(existsSync)).toEqual([true, true]);

    run.kill('SIGINT');
    expect(await run.gone(60_000)).toMatchObject({ code: 0 });
    expect(run.stderr).toBe('');
    const alive = await Promise.all(urls.map(async ([, , base]) => await answers(base ?? '')));
    expect(alive).toEqual(urls.map(() => false));
    expect(tokens.map(existsSync)).toEqual([false, false]);
  });

  test('a taken port is said, and another one used', async () => {
    const holder = spawnNode({
      script: join(testFolder, 'harness', 'fixtures', 'hold-port.mjs'),
      args: ['3100'],
      env: env(),
      instrumented: false,
    });
    await holder.printed('held');
    const args = ['--no-traffic', '--seconds', '0'];
    const run = spawnNode({ script: MAIN, args, env: env(), instrumented: false });
    expect(await run.gone(120_000)).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/^port 3100 \(loki\) is taken; using \d+$/m);
  });
});

test('without programs it says how to get them, exit code 3', async () => {
  const bare = { ...env(), XDG_CACHE_HOME: aSandbox().root, PATH: '' };
  const run = spawnNode({ script: MAIN, env: bare, instrumented: false });
  expect(await run.gone(60_000)).toMatchObject({ code: 3 });
  expect(run.stderr).toContain('npm run programs');
});
