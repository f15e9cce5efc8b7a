/**
 * Bun and Deno. Bun has the content hook by `--preload`; Deno has no load hooks, so the flag stands down there and `wrap`
 * records. Their binaries (200 MB) are installed by `npm run test:runtimes`, outside the clone; `npm test` runs this only
 * where they are.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyRoot } from '../harness/cli.ts';
import { expectSession } from '../harness/expect-run.ts';
import { logFolders } from '../harness/logbook.ts';
import { REGISTER, spawnCommand, stopProcesses } from '../harness/process.ts';
import { Receiver } from '../harness/receiver.ts';
import { runScript, type ScriptRun } from '../harness/run-script.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { everything, memory } from '../harness/servers.ts';
import { strictProblems } from '../harness/strict.ts';
import { full } from '../harness/tried.ts';
import { WireClient } from '../harness/wire-client.ts';
import { installPinned, isInstalled } from '../matrix/pinned.ts';

const TOOLS = fileURLToPath(new URL('tools/runtimes', import.meta.url));
const REQUIRED = fileURLToPath(new URL('fixtures/required.cjs', import.meta.url));
const BUNDLED = fileURLToPath(new URL('fixtures/bundled.mjs', import.meta.url));
const REGISTER_CJS = fileURLToPath(new URL('../../packages/logbook/register.cjs', import.meta.url));
const STOOD_DOWN =
  'mcp-logbook: Deno has no load hooks for the flag; the program runs unrecorded: start it by `mcp-logbook wrap -- deno ...`\n';

const modules = full || isInstalled(TOOLS) ? installPinned(TOOLS) : undefined;
const binary = (...places: string[]): string =>
  places.map((place) => join(modules ?? '', place)).find((path) => existsSync(path)) ?? '';
const BUN = binary('@oven/bun-linux-x64/bin/bun', '@oven/bun-linux-aarch64/bin/bun');
const DENO = binary('@deno/linux-x64-glibc/deno', '@deno/linux-arm64-glibc/deno');

const DENO_RUN = [DENO, 'run', '--no-lock', '--allow-all'];

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

function own(run: ScriptRun, { root }: Sandbox): object {
  const { exit, lines, stderr } = run;
  return {
    exit: [exit.code, exit.signal],
    lines: lines.map((line) => line.replaceAll(root, 'ROOT')),
    stderr: stderr.replaceAll(root, 'ROOT'),
  };
}

async function program(
  command: readonly string[],
  sandbox: Sandbox,
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawnCommand(command, {
    env: { ...sandbox.env, ...env },
    wrapped: false,
    cwd: sandbox.work,
  });
  child.closeStdin();
  const { code } = await child.gone();
  // What fails while it loads names all that stood around it.
  const stderr = child.stderr.replaceAll(/^ +at .*hook\/bun\.js:.*\n/gm, '');
  return { code, stdout: child.stdout, stderr };
}

/** One session under Bun with a program that offers a tool, alone and under the flag. */
async function expectOnce(script: readonly string[]): Promise<void> {
  const receiver = await Receiver.start();
  const session = async (sandbox: Sandbox, flag: readonly string[]) => {
    const child = spawnCommand([BUN, ...flag, ...script], {
      env: { ...sandbox.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      wrapped: false,
    });
    const client = new WireClient(child);
    await client.handshake();
    await client.call('echo');
    child.closeStdin();
    const { code, signal } = await child.gone();
    client.assertOnlyMessages();
    return { lines: client.lines, stderr: child.stderr, end: [code, signal] };
  };
  const plain = await session(aSandbox(), []);
  const sandbox = aSandbox();
  const watched = await session(sandbox, ['--preload', REGISTER]);
  await receiver.stop();
  expect(watched).toEqual(plain);
  expectSession(receiver, sandbox.logs, ['initialize', 'tools/call'], []);
  expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
}

/** A source that looks like an SDK's. */
function sdkOf(rest: string): string {
  return `class Protocol { constructor() { this._requestHandlerAbortControllers = new Map(); } }\n${rest}`;
}

/** Modules of every kind that Bun mixes, none of them an SDK's. */
function mixedProgram({ work }: Sandbox): string {
  const folder = join(work, 'mixed');
  mkdirSync(folder);
  const files = {
    'main.ts': `import cjs, { named } from './c.cjs'; import { esm } from './e.mjs'; import data from './d.json';
      enum Level { Low, High }
      console.log(JSON.stringify({ cjs, named, esm, data, main: import.meta.main, level: Level[1] }));
      import('./none.js').catch((error) => console.log(error.name));`,
    'c.cjs': `exports.named = 'n'; exports.isMain = require.main === module; exports.file = __filename.length;`,
    'e.mjs': `export const esm = import.meta.url.length;`,
    'd.json': '{"d":1}',
    // Look like an SDK, and are CommonJS: by a plugin of Bun's they would lose their exports.
    'sdk.js': sdkOf('exports.Protocol = Protocol;'),
    'sdk-main.cjs': `const { Protocol } = require('./sdk.js'); console.log(new Protocol()._requestHandlerAbortControllers.size);`,
    'marked.cjs': sdkOf(`Object.defineProperty(exports, '__esModule', { value: true });
      exports.default = 'd'; Object.defineProperty(exports, 'hidden', { value: 1 });
      Object.defineProperty(exports, 'got', { enumerable: true, get: () => 2 });`),
    'one.cjs': sdkOf(`module.exports = Protocol; module.exports.extra = 1;`),
    'text.cjs': sdkOf(`module.exports = 'text';`),
    'hashbang.cjs': `#!/usr/bin/env node\n${sdkOf('exports.a = 1;')}`,
    'fails.cjs': sdkOf(
      `globalThis.times = (globalThis.times ?? 0) + 1; throw new TypeError('time ' + times);`,
    ),
    'itself.cjs':
      sdkOf(`exports.self = [this === exports, arguments.length, require.main === module, !module.parent,
      module.filename === __filename, require.cache[__filename] === module].join();
      exports.late = import('./c.cjs').then(({ named }) => named);`),
    'imports.mjs': `${['marked', 'one', 'text', 'hashbang', 'itself'].map((name) => `import * as ${name} from './${name}.cjs';`).join('')}
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const shape = (of) => Object.keys(of).map((key) => key + ' ' + typeof of[key]).join();
      for (const of of [marked, one, text, hashbang, itself]) console.log(shape(of));
      console.log(itself.self, await itself.late, require('./one.cjs') === one.default, marked.default);
      for (const load of [(id) => import(id), require]) try { await load('./fails.cjs') } catch (e) { console.log(String(e)) }`,
    'requires.cjs': `require('./sdk.js'); console.log(module.children.length, require('./itself.cjs').self, require.resolve('./one.cjs').length);
      import('./hashbang.cjs').then((n) => console.log(Object.keys(n)));`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

describe.skipIf(BUN === '')('under Bun by --preload (skipped where it is not installed)', () => {
  test.each(full ? [memory, everything] : [memory])(
    '$name says what it says alone, and each request is recorded once (I8)',
    async (real) => {
      const receiver = await Receiver.start();
      const alone = aSandbox();
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }; // one of them prints it
      const plain = await runScript(real, alone, { instrumented: false, command: [BUN], env });
      const sandbox = aSandbox();
      const watched = await runScript(real, sandbox, {
        instrumented: true,
        command: [BUN, '--preload', REGISTER],
        env,
      });
      await receiver.stop();

      expect(own(watched, sandbox)).toEqual(own(plain, alone));
      expectSession(receiver, sandbox.logs, watched.requests, watched.asked);
      expect(strictProblems(receiver)).toEqual([]);
      expect(verifyRoot(sandbox.logs, '--deep').code).toBe(0);
    },
  );

  test.each(['v1', 'v2'])('an SDK %s that is required is recorded once (I8)', (generation) =>
    expectOnce([REQUIRED, generation]),
  );

  describe('a bundle in CommonJS with the SDK inside', () => {
    const folder = aSandbox().work;
    const bundle = join(folder, 'bundle.cjs');
    beforeAll(() => {
      const made = spawnSync(
        BUN,
        ['build', BUNDLED, '--target=node', '--format=cjs', '--outfile', bundle],
        { encoding: 'utf8' },
      );
      expect(made.stderr).toBe('');
      writeFileSync(join(folder, 'imports.mjs'), `import { name } from './bundle.cjs';`);
      writeFileSync(join(folder, 'imports-late.cjs'), `void import('./bundle.cjs');`);
      writeFileSync(join(folder, 'requires.cjs'), `require('./bundle.cjs');`);
    });

    test.each(['bundle.cjs', 'imports.mjs', 'imports-late.cjs', 'requires.cjs'])(
      'started by %s is recorded once (I8)',
      (main) => expectOnce([join(folder, main)]),
    );
  });

  test('a program without an SDK loads its modules as it would alone, CommonJS too (I8)', async () => {
    const sandbox = aSandbox();
    const folder = mixedProgram(sandbox);
    const mains = 'main.ts sdk-main.cjs imports.mjs requires.cjs itself.cjs hashbang.cjs fails.cjs';
    for (const main of mains.split(' ')) {
      const plain = await program([BUN, join(folder, main)], sandbox);
      expect([main, plain.code]).toEqual([main, main === 'fails.cjs' ? 1 : 0]);
      expect(await program([BUN, '--preload', REGISTER, join(folder, main)], sandbox)).toEqual(
        plain,
      );
    }
    expect(logFolders(sandbox.logs)).toEqual([]);
  });
});

describe.skipIf(DENO === '')('under Deno (skipped where it is not installed)', () => {
  test.each([
    ['NODE_OPTIONS', { NODE_OPTIONS: `--require ${REGISTER_CJS}` }, []],
    ['--preload', {}, ['--preload', REGISTER_CJS]],
  ])('the flag by %s stands down with one line that names wrap', async (_, env, flag) => {
    const sandbox = aSandbox();
    const script = join(sandbox.work, 'main.cjs');
    writeFileSync(join(sandbox.work, 'data.json'), '{"a":1}');
    writeFileSync(script, `console.log(require('./data.json').a); process.exitCode = 3;`);
    const expected = { code: 3, stdout: '1\n', stderr: STOOD_DOWN };
    expect(await program([...DENO_RUN, ...flag, script], sandbox, env)).toEqual(expected);

    const bare = join(sandbox.work, 'main.mjs');
    writeFileSync(bare, `console.log(1); process.exitCode = 3;`);
    const unallowed = [DENO, 'run', '--no-lock', ...flag, bare];
    expect(await program(unallowed, sandbox, env)).toEqual(expected);

    const wrapped = { ...env, MCP_LOGBOOK_WRAPPED: '1' };
    expect((await program([...DENO_RUN, ...flag, script], sandbox, wrapped)).stderr).toBe('');
  });

  test('memory by wrap says what it says alone, and each request is recorded once', async () => {
    const receiver = await Receiver.start();
    const alone = aSandbox();
    const command = DENO_RUN;
    const plain = await runScript(memory, alone, { instrumented: false, command });
    const sandbox = aSandbox();
    const wrapped = await runScript(memory, sandbox, {
      instrumented: 'wrap',
      command,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    });
    await receiver.stop();
    expect(own(wrapped, sandbox)).toEqual(own(plain, alone));
    expectSession(receiver, sandbox.logs, wrapped.requests, wrapped.asked);
  });
});
