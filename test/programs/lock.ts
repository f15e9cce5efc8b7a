/**
 * One build at a time on this machine. The lock is a file with the owner's process id, made exclusively; the lock of a
 * process that no longer exists is taken over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 1_000;

/**
 * Waits until the lock is ours; `say` is told once whom we wait for.
 * @returns a function that gives the lock back
 */
export async function holdLock(path: string, say: (line: string) => void): Promise<() => void> {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    let told = false;
    while (!take(mine, path)) {
      const owner = ownerOf(path);
      if (owner !== undefined && !isAlive(owner)) {
        dropStale(path, owner);
        continue;
      }
      if (!told) say(`waiting for the build of process ${owner ?? '?'}`);
      told = true;
      await sleep(POLL_MS);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (ownerOf(path) === process.pid) rmSync(path, { force: true });
  };
}

/** A hard link is made at once and with its content: nobody ever reads an empty lock. */
function take(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two waiting processes may both see the stale lock: the rename gives it to one, and what is not stale goes back. */
function dropStale(path: string, owner: number): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (ownerOf(aside) !== owner) take(aside, path);
  rmSync(aside, { force: true });
}

function ownerOf(path: string): number | undefined {
  try {
    const owner = Number.parseInt(readFileSync(path, 'utf8'));
    return Number.isNaN(owner) ? undefined : owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
