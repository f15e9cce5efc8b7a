/** Scenarios of the suites against our fixtures: what each check said. */
import { join } from 'node:path';
import { asArray, asRecord } from '../harness/json.ts';
import { REGISTER, spawnNode } from '../harness/process.ts';
import { freePort } from '../harness/receiver.ts';
import { conformance, type Suite } from './tools.ts';

/** Which fixture: the generation of its SDK. */
export type Generation = 'v1' | 'v2';

/** One way to run a suite. */
export interface Setting {
  readonly suite: Suite;
  readonly generation: Generation;
  /** Version of the protocol to run at; the suite chooses where none is given. */
  readonly spec?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Under the flag. */
  readonly flag: boolean;
}

/** `<check id> <name>: SUCCESS`, one a check, in the suite's order; what is only information is left out. */
export type Checks = readonly string[];

/** A running fixture server. */
export interface FixtureServer {
  readonly scenario: (name: string) => Promise<Checks>;
  readonly stop: () => Promise<void>;
}

export async function startServer(setting: Setting): Promise<FixtureServer> {
  const port = await freePort();
  const child = spawnNode({
    script: fixture(`server-${setting.generation}`),
    args: [String(port)],
    env: setting.env,
    instrumented: setting.flag,
  });
  await child.printed('listening', 30_000);
  const url = `http://localhost:${port}/mcp`;
  return {
    scenario: (name) => checksOf(setting, ['server', '--url', url, '--scenario', name]),
    stop: async () => {
      child.kill('SIGTERM');
      await child.gone(30_000);
    },
  };
}

/** A client scenario: the suite starts the fixture itself. */
export async function clientScenario(setting: Setting, name: string): Promise<Checks> {
  // The suite splits the command at spaces.
  const flag = setting.flag ? ['--require', REGISTER] : [];
  const command = [process.execPath, ...flag, fixture(`client-${setting.generation}`)].join(' ');
  return await checksOf(setting, ['client', '--command', command, '--scenario', name]);
}

export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', `${name}.mjs`);
}

async function checksOf(setting: Setting, args: readonly string[]): Promise<Checks> {
  const { suite, spec, env } = setting;
  const more = spec === undefined ? [] : ['--spec-version', spec];
  const { stdout, stderr } = await conformance(suite, [...args, '--verbose', ...more], env);
  if (/^SKIPPED: /m.test(stdout)) return [];
  // Words for people may stand before and behind it.
  const json = /^\[\n[\s\S]*?^\]|^\[\]$/m.exec(stdout)?.[0] ?? '';
  // A scenario that broke off in the suite itself says so in words: an answer too, to be compared like one.
  if (json === '') return [`${/^.*error: .*$/im.exec(stderr)?.[0] ?? 'no checks'}: FAILURE`];
  return asArray(JSON.parse(json))
    .map(asRecord)
    .filter(({ status }) => status !== 'INFO')
    .map(({ id, name, status }) => `${String(id)} ${String(name)}: ${String(status)}`);
}
