/** The programs of others that judge: the conformance suites and the inspector, installed on demand (test/matrix/pinned). */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPinned, isInstalled } from '../matrix/pinned.ts';

const execute = promisify(execFile);

/** Versions of the suite that are run: the released one and the newest alpha. */
export const SUITES = ['0.1.16', '0.2.0-alpha.12'] as const;
export type Suite = (typeof SUITES)[number];

/** Version of the inspector. */
export const INSPECTOR = '2.12.0';

/** Longest that one scenario may take, its servers and clients included. */
const SCENARIO_MS = 90_000;

export interface ToolRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the suite's command. */
export async function conformance(
  suite: Suite,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolRun> {
  return await run(`conformance-${suite}`, 'conformance', args, env);
}

/** Runs the inspector's command. */
export async function inspector(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolRun> {
  return await run(`inspector-${INSPECTOR}`, 'mcp-inspector', args, env);
}

/** Whether the suite can be run without the network. */
export function isCached(suite: Suite): boolean {
  return isInstalled(folderOf(`conformance-${suite}`));
}

/** Names of the scenarios of one side. */
export async function scenariosOf(suite: Suite, side: 'server' | 'client'): Promise<string[]> {
  const { stdout } = await conformance(suite, ['list'], { PATH: process.env['PATH'] ?? '' });
  const section = stdout
    .split(/^(?=\S.*scenarios )/m)
    .find((part) => part.toLowerCase().startsWith(side));
  const names = [...(section ?? '').matchAll(/^ {2}- (\S+)/gm)].map(([, name = '']) => name);
  if (names.length === 0) throw new Error(`conformance ${suite} lists no ${side} scenarios`);
  return names;
}

function folderOf(tool: string): string {
  return fileURLToPath(new URL(`./tools/${tool}`, import.meta.url));
}

async function run(
  tool: string,
  bin: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolRun> {
  const script = join(installPinned(folderOf(tool)), '.bin', bin);
  const options = { env: { ...env }, timeout: SCENARIO_MS, maxBuffer: 64 * 2 ** 20 };
  try {
    const { stdout, stderr } = await execute(process.execPath, [script, ...args], options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = Object(error) as Partial<ToolRun>;
    // A failed scenario is an answer; a tool that did not come up is none.
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}
