/**
 * Whether the flag reaches the servers that hosts start. A host gives a stdio server the `env` of its entry and a short
 * list of other variables: NODE_OPTIONS of a shell stays behind (design/hooking 7).
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { INSTALLED } from '../init/installed.ts';
import { Malformed, type Server, serversOf } from '../init/document.ts';
import { isGone, planOf } from '../init/entry.ts';
import { readConfigFile } from '../init/files.ts';
import { type Host, HOSTS } from '../init/hosts.ts';
import { registersIn } from '../init/node-options.ts';
import { thisMachine } from '../init/shebang.ts';
import { codeOf, type Finding, listed, note, ok, type Setup, wrong } from './finding.ts';

/** Looks into the configuration of every host that has one here. */
export function checkHosts({ env }: Setup): Finding[] {
  const inShell = registersIn(env['NODE_OPTIONS'] ?? '').length > 0;
  const where = { platform: process.platform, home: homedir(), cwd: process.cwd(), env };
  return [...HOSTS].flatMap(([name, host]) =>
    host
      .files(where)
      .filter((path) => existsSync(path))
      .flatMap((path) => checkFile(name, host, path, inShell, env)),
  );
}

function checkFile(
  name: string,
  host: Host,
  path: string,
  inShell: boolean,
  env: Setup['env'],
): Finding[] {
  let servers: Server[];
  try {
    servers = serversOf(readConfigFile(path).text, host.places);
  } catch (error) {
    const why = error instanceof Malformed ? error.message : `not readable (${codeOf(error)})`;
    return [
      wrong('host', `"${path}" is ${why}: ${host.title} starts none of its servers`, 'correct it'),
    ];
  }
  const machine = thisMachine(env);
  const gone = servers.filter(
    (server) =>
      optionsOf(server).some((file) => !existsSync(file)) ||
      isGone(server.entry, INSTALLED, machine),
  );
  const found = gone.map((server) =>
    wrong(
      'host',
      `${host.title}: server "${server.name}" is started by a copy of mcp-logbook that is not there: it cannot start`,
      `mcp-logbook init ${name} --write names the copy that is installed`,
    ),
  );
  const bare = servers.filter((server) => {
    const { does } = planOf(server.entry, INSTALLED, machine, false);
    return (does === 'node' || does === 'wrap') && !gone.includes(server);
  });
  const names = listed(bare.map((server) => server.name));
  const remedy = `mcp-logbook init ${name} --write puts it there`;
  if (bare.length > 0)
    found.push(
      inShell
        ? wrong(
            'host',
            `NODE_OPTIONS of this shell has the flag, but ${host.title} does not pass it on; unrecorded in "${path}": ${names}`,
            remedy,
          )
        : note('host', `${host.title} starts without the flag ("${path}"): ${names}`, remedy),
    );
  else if (gone.length === 0 && servers.length > 0)
    found.push(ok('host', `${host.title} starts its servers under the flag ("${path}")`));
  return found;
}

/** Registers that an entry names by path. */
function optionsOf({ entry }: Server): string[] {
  const { env } = Object(entry) as { env?: unknown };
  const { NODE_OPTIONS: text } = Object(env) as { NODE_OPTIONS?: unknown };
  return typeof text === 'string'
    ? registersIn(text).filter((file) => /^[/\\]|^\w:/.test(file))
    : [];
}
