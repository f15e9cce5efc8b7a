/**
 * `init HOST`: prints how each stdio server of a host's configuration is put under the flag, or does it with --write, or
 * takes it back with --undo. All files are read before one is written: a malformed one stops it with nothing changed.
 * Values of `env` and arguments are printed nowhere: they hold secrets.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { parseArgs } from 'node:util';
import { Malformed, put, type Server, serversOf, take } from '../init/document.ts';
import { type Plan, planOf, removalOf } from '../init/entry.ts';
import {
  backupsOf,
  type ConfigFile,
  readConfigFile,
  replaceText,
  replaceTextOnly,
  restore,
} from '../init/files.ts';
import { type Host, HOSTS } from '../init/hosts.ts';
import { INSTALLED } from '../init/installed.ts';
import { thisMachine } from '../init/shebang.ts';
import { plain } from './row-line.ts';
import { UsageError } from './usage.ts';

const USAGE = `init ${[...HOSTS.keys()].join('|')} [--server NAME] [--write|--undo] [--wrap] [--file PATH]`;

export function init(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      server: { type: 'string', multiple: true },
      file: { type: 'string' },
      write: { type: 'boolean' },
      undo: { type: 'boolean' },
      wrap: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const [name = '', ...more] = positionals;
  const host = HOSTS.get(name);
  if (host === undefined || more.length > 0)
    throw new UsageError(`init needs the name of one host`, USAGE);
  if (values.undo === true && (values.write === true || values.server !== undefined))
    throw new UsageError('--undo takes back what the last --write did, all of it', USAGE);
  const documents = filesOf(host, values.file).map((path) => open(path, host));
  const json = values.json === true;
  if (values.undo === true) return undo(documents, json);
  const names = values.server;
  checkNames(names ?? [], documents);
  const wrapAll = values.wrap === true;
  const machine = thisMachine(process.env);
  const steps = documents.map(({ file, servers }) => ({
    file,
    planned: servers
      .filter((server) => names?.includes(server.name) ?? true)
      .map((server) => ({ server, plan: planOf(server.entry, INSTALLED, machine, wrapAll) })),
  }));
  let code = 0;
  let changes = 0;
  for (const { file, planned } of steps) {
    const text = planned.reduce((now, { server, plan }) => put(now, server.path, plan), file.text);
    const backup =
      values.write === true && text !== file.text ? replaceText(file, text) : undefined;
    if (text !== file.text) changes++;
    tellFile(file, planned, json, backup !== undefined);
    if (backup !== undefined) note(`"${file.path}" is written; as it was: "${backup}"`);
    if (planned.some(({ plan }) => plan.does === 'left')) code = 3;
  }
  if (changes > 0)
    note(
      values.write === true
        ? `start ${host.title} anew; init ${name} --undo takes it back`
        : 'nothing is written; --write does it, after a backup',
    );
  if (changes > 0 && /[/\\]_npx[/\\]/.test(INSTALLED.register))
    note('this copy is in the cache of npx, which may go: npm install --global mcp-logbook');
  return code;
}

interface Document {
  readonly file: ConfigFile;
  readonly servers: readonly Server[];
}

/** @throws Error when there is none */
function filesOf(host: Host, given: string | undefined): string[] {
  if (given !== undefined) return [given];
  const { platform, env } = process;
  const candidates = host.files({ platform, env, home: homedir(), cwd: process.cwd() });
  const found = candidates.filter((path) => existsSync(path));
  if (found.length > 0) return found;
  const looked = candidates.map((path) => `"${path}"`).join(', ');
  throw Object.assign(new Error(`${host.title} has no configuration here: looked for ${looked}`), {
    hint: 'name its file with --file',
  });
}

function open(path: string, host: Host): Document {
  try {
    const file = readConfigFile(path);
    return { file, servers: serversOf(file.text, host.places) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Malformed)
      throw new UsageError(
        `"${path}" is ${error.message}`,
        'nothing was changed; correct it and run this again',
      );
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`"${path}" cannot be read (${code})`, { cause: error }), {
      hint: 'name a file that this user may read',
    });
  }
}

function checkNames(names: readonly string[], documents: readonly Document[]): void {
  const known = new Set(documents.flatMap(({ servers }) => servers.map(({ name }) => name)));
  for (const name of names)
    if (!known.has(name))
      throw new UsageError(
        `no server "${plain(name)}" in ${documents.map(({ file }) => `"${file.path}"`).join(', ')}`,
        known.size === 0 ? 'there is none' : `there are: ${[...known].map(plain).join(', ')}`,
      );
}

function undo(documents: readonly Document[], json: boolean): number {
  for (const { file, servers } of documents) {
    if (restore(file)) {
      tellUndone(file, 'as it was before, byte for byte', json);
      continue;
    }
    // The host, or somebody, wrote since: what they wrote stays, ours goes.
    const text = servers.reduce((now, { path, entry }) => {
      const removal = removalOf(entry);
      return removal === undefined ? now : take(now, path, removal);
    }, file.text);
    if (text === file.text) tellUndone(file, 'has nothing of ours', json);
    else {
      replaceTextOnly(file, text);
      tellUndone(file, 'changed since: what is ours was taken out, the rest stays', json);
    }
    for (const backup of backupsOf(file.real)) note(`an older copy stays: "${backup}"`);
  }
  return 0;
}

function tellUndone({ path }: ConfigFile, what: string, json: boolean): void {
  process.stdout.write(
    json ? `${JSON.stringify({ file: path, undone: what })}\n` : `${path}: ${what}\n`,
  );
}

function tellFile(
  { path: file }: ConfigFile,
  planned: readonly { readonly server: Server; readonly plan: Plan }[],
  json: boolean,
  written: boolean,
): void {
  if (json) {
    for (const { server, plan } of planned)
      process.stdout.write(
        `${JSON.stringify({ file, path: server.path, server: server.name, ...shown(plan), written })}\n`,
      );
    return;
  }
  process.stdout.write(`${file}\n`);
  if (planned.length === 0) process.stdout.write('  no server in it\n');
  for (const { server, plan } of planned)
    process.stdout.write(`  ${plain(server.name)}: ${plain(lineOf(plan))}\n`);
}

/** Without what else is in NODE_OPTIONS. */
function shown(plan: Plan): object {
  if (plan.does !== 'node') return plan;
  const { does, option } = plan;
  return { does, option };
}

function lineOf(plan: Plan): string {
  if (plan.does === 'node') return `env.NODE_OPTIONS gets ${plan.option}`;
  if (plan.does === 'wrap')
    return `command becomes ${plan.command}, args begin with ${plan.before.join(' ')}`;
  if (plan.does === 'already')
    return plan.by === 'node' ? 'runs under the flag already' : 'runs under wrap already';
  if (plan.does === 'remote')
    return 'left alone: it is remote; the flag belongs where the server itself is started';
  return `left alone: ${plan.why}`;
}

function note(text: string): void {
  process.stderr.write(`mcp-logbook: ${text}\n`);
}
