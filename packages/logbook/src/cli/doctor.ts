/**
 * `doctor`: what is wrong with this set-up, in order of likelihood, each with what to do; with a command, what a session
 * with it under the flag showed. Code 0: nothing is wrong; 1: something is.
 */
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { checkCommand } from '../doctor/command.ts';
import { checkAuditPort, checkEndpoints } from '../doctor/endpoints.ts';
import type { Finding, Setup } from '../doctor/finding.ts';
import {
  checkClock,
  checkFolder,
  checkKeys,
  checkPrivacy,
  checkWriters,
} from '../doctor/folder.ts';
import { checkHosts } from '../doctor/hosts.ts';
import { checkRuntime, checkSwitches, checkVariables } from '../doctor/program.ts';
import { painter, plain } from './row-line.ts';
import { rootOf, UsageError } from './usage.ts';

/** First what stops everything, then what most set-ups trip over. */
const CHECKS: readonly ((setup: Setup) => readonly Finding[] | Promise<readonly Finding[]>)[] = [
  checkRuntime,
  checkSwitches,
  checkVariables,
  checkHosts,
  checkFolder,
  checkPrivacy,
  checkKeys,
  checkEndpoints,
  checkAuditPort,
  checkWriters,
  checkClock,
];

export async function doctor(args: readonly string[]): Promise<number> {
  const dashes = args.indexOf('--');
  const own = dashes < 0 ? args : args.slice(0, dashes);
  const [command, ...rest] = dashes < 0 ? [] : args.slice(dashes + 1);
  const { values } = parseArgs({
    args: [...own],
    options: {
      dir: { type: 'string' },
      json: { type: 'boolean' },
      timeout: { type: 'string', default: '60' },
    },
  });
  if (dashes >= 0 && command === undefined)
    throw new UsageError('doctor -- needs a command', 'e.g. mcp-logbook doctor -- npx some-server');
  if (!/^[1-9]\d{0,3}$/.test(values.timeout))
    throw new UsageError('--timeout is not a number of seconds', 'e.g. --timeout 120');
  const warnings: string[] = [];
  const config = readConfig(process.env, (_, message) => warnings.push(message));
  const root = rootOf(values.dir ?? config.dir);
  const setup: Setup = { env: process.env, config, warnings, root };
  const found: Finding[] =
    command === undefined
      ? []
      : await checkCommand(command, rest, process.env, 1000 * Number(values.timeout));
  for (const check of CHECKS) found.push(...(await check(setup)));
  const bad = found.filter(({ level }) => level === 'wrong').length;
  if (values.json === true)
    for (const finding of found) process.stdout.write(`${JSON.stringify(finding)}\n`);
  else tell(found, bad);
  return bad === 0 ? 0 : 1;
}

const RANKS = { wrong: 0, note: 1, ok: 2 } as const;

/** What is wrong first, in the order of the checks. */
function tell(found: readonly Finding[], bad: number): void {
  const paint = painter();
  const colours = { wrong: 'red', note: 'yellow', ok: 'green' } as const;
  for (const { level, check, text, remedy } of found.toSorted(
    (a, b) => RANKS[a.level] - RANKS[b.level],
  )) {
    process.stdout.write(`${paint(colours[level], level.padEnd(5))} ${check}: ${plain(text)}\n`);
    if (remedy !== undefined) process.stdout.write(`      -> ${plain(remedy)}\n`);
  }
  process.stdout.write(bad === 0 ? 'nothing is wrong\n' : `${bad} to put right\n`);
}
