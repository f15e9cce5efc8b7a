/**
 * Folders in which a package manager installed us and the SDK, from the tarballs that npm packs: pnpm's links, yarn's Plug and
 * Play, npm's global folder. Packages come from the registry that npm is set up for; the managers are pinned (pins/managers).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack, PUBLISHED, type Tarball } from '../harness/packed.ts';
import { installPinned } from '../matrix/pinned.ts';

/** A way to be installed. */
export type Layout = 'pnpm' | 'yarn' | 'global';

const PINS = fileURLToPath(new URL('./pins', import.meta.url));
const OUTSIDERS = ['@modelcontextprotocol/sdk', 'zod'];

/** Installs into a folder that is there. @throws Error with the manager's own words */
export async function installAs(layout: Layout, folder: string): Promise<void> {
  const tarballs = join(folder, 'tarballs');
  mkdirSync(tarballs);
  const packed: Tarball[] = [];
  for (const name of PUBLISHED) packed.push(await pack(name, tarballs));
  if (layout === 'global') {
    const files = packed.map(({ path }) => path);
    run('npm', ['install', '--global', '--prefix', join(folder, 'global'), ...files], folder);
    return;
  }
  const ours = Object.fromEntries(packed.map(({ name, path }) => [name, `file:${path}`]));
  const project = {
    name: layout,
    private: true,
    dependencies: { ...versions(), 'mcp-logbook': ours['mcp-logbook'] },
    pnpm: { overrides: ours },
    resolutions: ours,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  const managers = installPinned(join(PINS, 'managers'));
  const script = { pnpm: 'pnpm/bin/pnpm.cjs', yarn: '@yarnpkg/cli-dist/bin/yarn.js' }[layout];
  if (layout === 'yarn')
    writeFileSync(join(folder, '.yarnrc.yml'), 'nodeLinker: pnp\nenableGlobalCache: false\n');
  run(process.execPath, [join(managers, script), 'install', '--ignore-scripts'], folder);
}

/** The SDK, as another pin has it. */
function versions(): Record<string, string> {
  const text = readFileSync(join(PINS, 'loaders', 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return Object.fromEntries(OUTSIDERS.map((name) => [name, dependencies[name] ?? '']));
}

function run(command: string, args: readonly string[], cwd: string): void {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const yarn = {
    YARN_ENABLE_SCRIPTS: 'false',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_NPM_REGISTRY_SERVER: registry,
    ...(registry.startsWith('http:') && { YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname }),
  };
  // yarn knows no such option, and has a setting.
  const own = args.filter((word) => word !== '--ignore-scripts' || !args[0]?.includes('yarn'));
  execFileSync(command, [...own], { cwd, env: { ...process.env, ...yarn }, stdio: 'pipe' });
}
