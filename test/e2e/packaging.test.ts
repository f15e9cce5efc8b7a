/**
 * What npm would publish: the files of each package, its exports as publint reads them, and a project that has never
 * seen this repository, with the flag in front of its own small server, in CommonJS and as an ES module.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publint } from 'publint';
import { callLeaves } from '../harness/logbook.ts';
import { installInto, pack, packageFolder, PUBLISHED, type Tarball } from '../harness/packed.ts';
import { spawnNode, stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes, type Sandbox } from '../harness/sandbox.ts';
import { WireClient } from '../harness/wire-client.ts';
import { verifies } from '../requirements.ts';

verifies('M3.10');

/** Everything but built code and its sources. */
const BESIDE_CODE: Readonly<Record<string, readonly string[]>> = {
  // The schema of the configuration file is published (design/surface).
  // register.cjs is what Deno can `require` (docs/compatibility).
  logbook: [
    'LICENSE',
    'README.md',
    'bin/mcp-logbook.js',
    'package.json',
    'register.cjs',
    'src/config.schema.json',
  ],
};
const USUAL = ['LICENSE', 'README.md', 'package.json'];
const CODE = /^(src\/[\w/.-]+\.ts|dist\/[\w/.-]+\.(js|d\.ts)(\.map)?)$/;
/** Far above any of ours; a package that reaches it has taken something in that it should not. */
const MAX_PACKED_BYTES = 640 * 1024;

const SERVER = (load: string): string => `${load}
const server = new McpServer({ name: 'outsider', version: '1.0.0' });
server.registerTool('double', { inputSchema: { n: z.number() } }, ({ n }) => ({
  content: [{ type: 'text', text: String(2 * n) }],
}));
server.connect(new StdioServerTransport());
`;
const COMMONJS = SERVER(`const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
const { z } = require('zod');`);
const ESM = SERVER(`import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';`);

/** Files that a package names under `exports` and `imports`, from its root. */
function targetsOf(name: (typeof PUBLISHED)[number]): string[] {
  const text = readFileSync(join(packageFolder(name), 'package.json'), 'utf8');
  const { exports, imports } = JSON.parse(text) as Record<string, Record<string, unknown>>;
  return Object.values({ ...exports, ...imports })
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(Object(target))))
    .map((path) => String(path).replace('./', ''));
}

let sandbox: Sandbox;
let project = '';
const tarballs = new Map<string, Tarball>();

beforeAll(async () => {
  sandbox = aSandbox();
  for (const name of PUBLISHED) tarballs.set(name, await pack(name, sandbox.root));
  project = join(sandbox.root, 'project');
  await installInto(project, [...tarballs.values()], sandbox.env);
  writeFileSync(join(project, 'server.cjs'), COMMONJS);
  writeFileSync(join(project, 'server.mjs'), ESM);
}, 180_000);

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe.each(PUBLISHED)('package %s', (name) => {
  test('holds its code, licence and readme, and nothing else', () => {
    const tarball = tarballs.get(name);
    const files = tarball?.files ?? [];
    const beside = files.filter((file) => !CODE.test(file)).toSorted();
    expect(beside).toEqual(BESIDE_CODE[name] ?? USUAL);
    for (const source of files.filter((file) => /^src\/.*\.ts$/.test(file))) {
      const declared = source.replace(/^src/, 'dist').replace(/\.ts$/, '.d.ts');
      expect(files, `declarations of ${source}`).toContain(declared);
    }
    for (const target of targetsOf(name))
      expect(files, 'what package.json names').toContain(target);
    expect(tarball?.sizeBytes).toBeLessThan(MAX_PACKED_BYTES);
  });

  test('has no finding of publint', async () => {
    const { messages } = await publint({
      pkgDir: packageFolder(name),
      strict: true,
      pack: 'npm',
    });
    expect(messages).toEqual([]);
  });
});

describe.each(['server.cjs', 'server.mjs'])('an installed %s under the flag', (script) => {
  test('answers, and its call is in the logbook', async () => {
    const own = aSandbox();
    const server = spawnNode({
      script: join(project, script),
      env: own.env,
      instrumented: true,
      cwd: project,
    });
    const client = new WireClient(server);
    await client.handshake();
    const answer = await client.request('tools/call', { name: 'double', arguments: { n: 21 } });
    expect(answer['result']).toMatchObject({ content: [{ type: 'text', text: '42' }] });
    server.closeStdin();
    expect(await server.gone()).toMatchObject({ code: 0 });
    expect(server.stderr).toBe('');
    expect(callLeaves(own.logs).map(({ leaf }) => leaf['target'])).toEqual(['double']);
  });
});

test('the installed command verifies what was written', async () => {
  const own = aSandbox();
  const server = spawnNode({
    script: join(project, 'server.mjs'),
    env: own.env,
    instrumented: true,
    cwd: project,
  });
  const client = new WireClient(server);
  await client.handshake();
  await client.request('tools/call', { name: 'double', arguments: { n: 1 } });
  server.closeStdin();
  await server.gone();
  const verify = spawnNode({
    script: join(project, 'node_modules', 'mcp-logbook', 'bin', 'mcp-logbook.js'),
    args: ['verify', '--dir', own.logs],
    env: own.env,
    instrumented: false,
    cwd: project,
  });
  expect(await verify.gone()).toMatchObject({ code: 0 });
});
