/**
 * The traffic maker: five real servers under the flag, a handful of agents, until the bounds are reached or SIGINT or
 * SIGTERM comes. Starts and ends its programs itself; a program that does not end is killed by its own pid.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ISSUER } from '../hosting.ts';
import type { Shopper } from '../plan.ts';
import { registerFile, serverProgram } from '../programs.ts';
import { newSecrets, newToken } from '../secrets.ts';
import { holdForAMoment } from './holds.ts';
import type { TrafficPlan, TrafficReport } from './plan.ts';
import { readSettings, type Settings, USAGE } from './settings.ts';

/** After `stop`: the slowest call takes three seconds, the exit's export one. */
const END_MS = 15_000;

async function run(settings: Settings): Promise<TrafficReport> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-logbook-traffic-')));
  const work = join(folder, 'files');
  mkdirSync(work);
  const forbidden = join(folder, 'payroll.txt');
  writeFileSync(forbidden, 'nobody may read this\n');
  for (let index = 0; index < 20; index += 1)
    writeFileSync(join(work, `note-${index}.txt`), `note ${index}\n`);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    MCP_LOGBOOK_DIR: join(folder, 'logs'),
    MEMORY_FILE_PATH: join(folder, 'memory.jsonl'),
    ...settings.env,
  };
  const people = newPeople();
  const children: ChildProcess[] = [];
  const ends = new AbortController();
  let hold: Promise<void> | undefined;
  try {
    const start = (name: 'shop' | 'reports' | 'agents'): ChildProcess => {
      const child = fork(programFile(name), [], {
        execArgv: ['--require', registerFile()],
        env: { ...env, OTEL_SERVICE_NAME: `demo-${name}` },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      children.push(child);
      return child;
    };
    const urlOf = async (name: 'shop' | 'reports'): Promise<string> => {
      const child = start(name);
      child.send({ shoppers: people.map((person) => scopedFor(name, person)) });
      return `http://127.0.0.1:${Number((await answerOf(name, child))['port'])}/mcp`;
    };
    const [shop, reports] = await Promise.all([urlOf('shop'), urlOf('reports')]);
    const plan: TrafficPlan = {
      bounds: settings.bounds,
      registerFile: registerFile(),
      programs: {
        everything: serverProgram('@modelcontextprotocol/server-everything'),
        filesystem: serverProgram('@modelcontextprotocol/server-filesystem'),
        memory: serverProgram('@modelcontextprotocol/server-memory'),
      },
      urls: { shop, reports },
      work,
      forbidden,
      people,
      wrongToken: newToken(),
      secrets: newSecrets(),
      env,
      record: settings.record === undefined ? undefined : resolve(settings.record),
    };
    const agents = start('agents');
    const stop = (): void => {
      if (agents.connected) agents.send({ stop: true });
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
    agents.send(plan);
    hold = holdForAMoment(`${ISSUER}|ada`, env, ends.signal);
    const answer = await answerOf('agents', agents);
    if (typeof answer['problem'] === 'string') throw new Error(answer['problem']);
    // The agents are our own program and answer with a report or a problem.
    return answer['report'] as TrafficReport;
  } finally {
    ends.abort();
    await hold;
    await Promise.all(children.map(end));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Four people; the last may not read reports. */
function newPeople(): Shopper[] {
  return [
    { name: 'ada', token: newToken(), clientId: 'desk-assistant' },
    { name: 'grace', token: newToken(), clientId: 'code-helper' },
    { name: 'linus', token: newToken(), clientId: 'night-batch' },
    { name: 'hedy', token: newToken(), clientId: 'desk-assistant' },
  ];
}

function scopedFor(server: 'shop' | 'reports', person: Shopper): Shopper {
  return { ...person, scopes: server === 'reports' && person.name === 'hedy' ? [] : [server] };
}

function programFile(name: 'shop' | 'reports' | 'agents'): string {
  const path = name === 'shop' ? '../shop.js' : `./${name}.js`;
  return fileURLToPath(new URL(path, import.meta.url));
}

function answerOf(name: string, child: ChildProcess): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve({ ...Object(answer) }));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code} and no answer`)));
  });
}

/** Tells a program to end, and kills it when it does not. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) child.send({ stop: true });
  });
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  let settings: Settings;
  try {
    settings = readSettings(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(
      `traffic: error: ${String(error instanceof Error ? error.message : error)}\n${USAGE}`,
    );
    return 2;
  }
  const { calls, outcomes } = await run(settings);
  const parts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  console.log(`${calls} requests: ${parts.join(', ')}`);
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`traffic: error: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 3;
  },
);
