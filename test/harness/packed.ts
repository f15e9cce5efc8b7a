/**
 * The five published packages as users get them: packed by npm, and installed by npm into an empty folder.
 *
 * Third-party packages are copied from this repository's `node_modules` first, so that `npm install --offline` finds
 * them in place and needs neither network nor cache; only our own packages come from the tarballs. Needs a build.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { asArray, asRecord } from './json.ts';
import { testFolder } from './process.ts';

const run = promisify(execFile);
const repository = join(testFolder, '..');
const INSTALL_TIMEOUT_MS = 120_000;

/** Published packages, by folder under `packages`. */
export const PUBLISHED = ['semconv', 'redaction', 'audit', 'instrumentation', 'logbook'] as const;

/** A packed package. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Files in it, as npm lists them. */
  readonly files: readonly string[];
}

/** Folder of one of our packages. */
export function packageFolder(name: (typeof PUBLISHED)[number]): string {
  return join(repository, 'packages', name);
}

/** Packs one package into `target`. */
export async function pack(name: (typeof PUBLISHED)[number], target: string): Promise<Tarball> {
  const args = ['pack', '--json', '--pack-destination', target];
  const { stdout } = await run('npm', args, { cwd: packageFolder(name), shell: false });
  const parsed: unknown = JSON.parse(stdout);
  // npm 11 prints a list, npm 12 an object by name.
  const [first] = Array.isArray(parsed) ? parsed : Object.values(asRecord(parsed));
  const packed = asRecord(first);
  return {
    name: String(packed['name']),
    path: join(target, String(packed['filename'])),
    sizeBytes: Number(packed['size']),
    files: asArray(packed['files']).map((file) => String(asRecord(file)['path'])),
  };
}

/** Makes a project in an empty folder that has the tarballs and the MCP SDK installed. */
export async function installInto(
  project: string,
  tarballs: readonly Tarball[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  mkdirSync(project, { recursive: true });
  const copied = new Set<string>();
  const thirdParty = ['@modelcontextprotocol/sdk', 'zod'];
  for (const name of thirdParty) copyWithDependencies(name, project, copied);
  for (const name of PUBLISHED) {
    for (const dependency of dependenciesOf(packageFolder(name)))
      copyWithDependencies(dependency, project, copied);
  }
  const dependencies: Record<string, string> = {};
  for (const name of thirdParty) {
    const own = asRecord(readJson(join(project, 'node_modules', name, 'package.json')));
    dependencies[name] = String(own['version']);
  }
  for (const tarball of tarballs) dependencies[tarball.name] = `file:${tarball.path}`;
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'outsider', private: true, dependencies }),
  );
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier'];
  await run('npm', ['install', '--offline', '--ignore-scripts', ...quiet], {
    cwd: project,
    env: { ...env },
    timeout: INSTALL_TIMEOUT_MS,
  });
}

function dependenciesOf(folder: string): string[] {
  const { dependencies } = asRecord(readJson(join(folder, 'package.json')));
  return Object.keys(asRecord(dependencies ?? {})).filter((name) => !isOurs(name));
}

function isOurs(name: string): boolean {
  return name === 'mcp-logbook' || name.startsWith('@mcp-logbook/');
}

function copyWithDependencies(name: string, project: string, copied: Set<string>): void {
  if (copied.has(name)) return;
  copied.add(name);
  const folder = join(repository, 'node_modules', name);
  // Absent: an own, nested copy of its parent has been copied with it.
  if (!existsSync(folder)) return;
  cpSync(folder, join(project, 'node_modules', name), { recursive: true });
  linkCommands(name, project);
  for (const dependency of dependenciesOf(folder))
    copyWithDependencies(dependency, project, copied);
}

/** npm fetches a package anew when one of its commands is not linked. */
function linkCommands(name: string, project: string): void {
  const { bin } = asRecord(readJson(join(project, 'node_modules', name, 'package.json')));
  const commands = typeof bin === 'string' ? { [basename(name)]: bin } : asRecord(bin ?? {});
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
  for (const [command, file] of Object.entries(commands)) {
    symlinkSync(join('..', name, String(file)), join(project, 'node_modules', '.bin', command));
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
