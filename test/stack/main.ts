/**
 * `npm run stack`: the whole stack without Docker, on the documented ports where they are free, with demo traffic on
 * it, until Ctrl-C or `--seconds`. The same programs and configuration files as docker-compose.yml.
 *
 *   npm run stack [-- --seconds N] [--rate R] [--no-traffic] [--dir FOLDER]
 *
 * `--dir` keeps data and secrets for a next start; without it they lie in a temporary folder that is removed at the end.
 * Exit codes: 0 ended as asked; 1 a part did not start or the traffic failed; 2 wrong usage; 3 no programs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../harness/stack/folder.ts';
import { NORMAL_PORTS } from '../harness/stack/ports.ts';
import { missingParts, PARTS, type Stack, startStack } from '../harness/stack/stack.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Wish {
  readonly seconds: number | undefined;
  readonly rate: string;
  readonly traffic: boolean;
  readonly dir: string | undefined;
}

function readWish(args: readonly string[]): Wish {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      rate: { type: 'string', default: '10' },
      dir: { type: 'string' },
      'no-traffic': { type: 'boolean', default: false },
    },
  });
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds >= 0))
    throw new Error(`--seconds is "${values.seconds}", expected a number of seconds`);
  return { seconds, rate: values.rate, traffic: !values['no-traffic'], dir: values.dir };
}

async function main(): Promise<number> {
  let wish: Wish;
  try {
    wish = readWish(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(
      `stack: error: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 2;
  }
  const missing = missingParts('collector', 'loki', 'prometheus');
  if (missing !== undefined) {
    process.stderr.write(
      `stack: error: ${missing.replace('skipped: ', '')}\nthe programs are built by: npm run programs\n`,
    );
    return 3;
  }
  const folder = folderOf(wish.dir);
  const stopped = stopSignal();
  let stack: Stack | undefined;
  let traffic: ChildProcess | undefined;
  try {
    const started = performance.now();
    stack = await startStack({
      folder,
      parts: PARTS,
      normalPorts: true,
      onReady: (part, ms) => say(`  ${part.padEnd(11)} ready after ${(ms / 1_000).toFixed(1)} s`),
    });
    for (const line of stack.missing) say(`  left out: ${line}`);
    if (wish.traffic) traffic = startTraffic(stack, wish.rate);
    say(`ready in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    tell(stack);
    const end =
      wish.seconds === undefined
        ? stopped
        : Promise.race([
            stopped,
            new Promise((done) => setTimeout(done, Number(wish.seconds) * 1_000)),
          ]);
    const failed = traffic === undefined ? new Promise<never>(() => {}) : endOf(traffic);
    const early = await Promise.race([end.then(() => undefined), failed]);
    if (early !== undefined)
      process.stderr.write(`stack: error: the traffic ended with ${early}\n`);
    return early === undefined ? 0 : 1;
  } catch (error) {
    process.stderr.write(
      `stack: error: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 1;
  } finally {
    say('stopping');
    if (traffic !== undefined && traffic.exitCode === null) {
      traffic.kill('SIGTERM');
      await endOf(traffic);
    }
    await stack?.stop();
    if (wish.dir === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function startTraffic(stack: Stack, rate: string): ChildProcess {
  return spawn(
    process.execPath,
    [join(ROOT, 'packages/demo/dist/traffic/main.js'), '--rate', rate],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        MCP_LOGBOOK_DIR: stack.folder.data('servers'),
        ...stack.senderEnv,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true, // Ctrl-C reaches us alone
    },
  );
}

function tell({ urls, ports, parts, folder }: Stack): void {
  say('');
  if (parts.has('grafana'))
    say(`Grafana      ${urls.grafana}  user admin, password in ${folder.secrets.grafana_password}`);
  say(`Prometheus   ${urls.prometheus}`);
  say(`Loki         ${urls.loki}`);
  if (parts.has('tempo')) say(`Tempo        ${urls.tempo}`);
  say(`OTLP         ${urls.otlpHttp} (HTTP), ${urls.otlpGrpc} (gRPC)`);
  say(`audit port   ${urls.audit} (log records), ${urls.auditSpans} (spans)`);
  say(`sink         ${urls.sink}`);
  say(`tokens       ${folder.secrets.intake_token}, ${folder.secrets.sink_token}`);
  say(`logs         ${join(folder.root, 'logs')}`);
  const moved = Object.entries(NORMAL_PORTS).filter(
    ([name, normal]) => ports[name as keyof typeof NORMAL_PORTS] !== normal,
  );
  for (const [name, normal] of moved)
    say(`port ${normal} (${name}) is taken; using ${ports[name as keyof typeof NORMAL_PORTS]}`);
  say('\nCtrl-C stops all of it');
}

function folderOf(dir: string | undefined): string {
  if (dir === undefined) return realpathSync(mkdtempSync(join(tmpdir(), 'mcp-logbook-stack-')));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return resolve(dir);
}

function stopSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => done());
  });
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    if (child.exitCode !== null) done(`exit code ${child.exitCode}`);
    child.once('exit', (code, signal) => done(signal ?? `exit code ${code}`));
  });
}

process.exitCode = await main();
