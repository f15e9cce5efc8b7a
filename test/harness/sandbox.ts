/**
 * A temporary home for one run of a server: every folder the product or a server may write to lies inside.
 *
 * The environment is built from nothing but PATH, so that settings of the machine that runs the tests cannot decide
 * a result. `removeSandboxes()` belongs in `afterAll` of each test file.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** See the file's header. All paths are absolute and resolved. */
export interface Sandbox {
  readonly root: string;
  readonly home: string;
  /** Value of MCP_LOGBOOK_DIR. */
  readonly logs: string;
  /** Files the server under test may work on. */
  readonly work: string;
  readonly env: Readonly<Record<string, string>>;
}

const made = new Set<string>();

/** Makes a sandbox. */
export function aSandbox(): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-logbook-test-')));
  made.add(root);
  const home = join(root, 'home');
  const work = join(root, 'work');
  const logs = join(root, 'logs');
  for (const folder of [home, work]) mkdirSync(folder);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_STATE_HOME: join(root, 'state'),
    TMPDIR: root,
    TZ: 'UTC',
    MCP_LOGBOOK_DIR: logs,
  };
  return { root, home, logs, work, env };
}

/** Removes every sandbox made so far. */
export function removeSandboxes(): void {
  for (const root of made) rmSync(root, { recursive: true, force: true });
  made.clear();
}
