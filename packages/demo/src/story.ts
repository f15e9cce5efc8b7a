/**
 * The demo, told in the order a person would ask: what does a call look like, what is in the log, who did what, where
 * did the secrets go, is the log whole, and what if somebody changes it.
 *
 * Everything runs on this machine: two unmodified servers from npm and one of our own, under one flag; the real SDK's
 * client; a receiver on loopback in place of a collector. Every sentence with a mark before it was checked in this run.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Evidence, gather } from './gather.ts';
import { showLogbook, showRecord, showSecrets, showTrace, showVerify } from './scenes.ts';
import { Screen, wantsColour } from './screen.ts';

/** How the demo is told. */
export interface DemoOptions {
  /** Where the text goes; default stdout. */
  readonly write?: (text: string) => void;
  /** Default: on a terminal, unless NO_COLOR is set. */
  readonly colour?: boolean;
  /** Leaves the logbook it made in place and says where. Default false. */
  readonly keep?: boolean;
}

/**
 * Runs the demo.
 * @returns the exit code: 0 when every step was checked and held, 1 when one did not
 * @throws Error when a program of the demo could not be started at all
 */
export async function runDemo(options: DemoOptions = {}): Promise<number> {
  const colour = options.colour ?? wantsColour(process.env, process.stdout.isTTY === true);
  const screen = new Screen(options.write ?? ((text) => process.stdout.write(text)), colour);
  const started = performance.now();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-logbook-demo-')));
  const folders = {
    logs: join(folder, 'logbook'),
    work: join(folder, 'files'),
    copy: join(folder, 'changed-copy'),
    forbidden: join(folder, 'payroll.txt'),
  };
  try {
    mkdirSync(folders.work);
    writeFileSync(folders.forbidden, 'nobody may read this\n');
    const { bold, dim } = screen.palette;
    screen.line(
      bold('mcp-logbook: every call of any MCP server, traced, logged, redacted, signed'),
    );
    screen.line(
      dim('three servers under one flag, driven by the MCP SDK client; no network, no Docker'),
    );
    screen.line();
    screen.command('node --require mcp-logbook/register server-everything/dist/index.js stdio');
    screen.command('node --require mcp-logbook/register server-filesystem/dist/index.js ./files');
    screen.command('node --require mcp-logbook/register shop.js          # HTTP, bearer tokens');
    const evidence = await gather(folders);
    await tell(screen, evidence, colour);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    const held = screen.claims - screen.failures.length;
    const paint = screen.failures.length === 0 ? screen.palette.good : screen.palette.bad;
    screen.line();
    screen.line(paint(`${held} of ${screen.claims} claims held, in ${seconds} s`));
    if (options.keep === true) screen.line(`kept: ${folder}`);
    return screen.failures.length === 0 ? 0 : 1;
  } finally {
    if (options.keep !== true) rmSync(folder, { recursive: true, force: true });
  }
}

async function tell(screen: Screen, evidence: Evidence, colour: boolean): Promise<void> {
  showTrace(screen, evidence);
  showRecord(screen, evidence);
  await showLogbook(screen, evidence, colour);
  await showSecrets(screen, evidence);
  await showVerify(screen, evidence, colour);
}
