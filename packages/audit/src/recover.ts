/**
 * Opening an existing log: where it stands, what a crash left after its last commit, and whether it may be appended to.
 *
 * 1. `frontier` is checked against the commit it points to (signature, size, root); only what follows is read.
 * 2. What follows is replayed: every commit must fit (I1). A bad line that a commit follows is an integrity failure.
 * 3. After the last commit, complete leaf + seal pairs are adopted if the seal opens and matches: they were
 *    acknowledged as written (I3). From the first that does not, bytes go to `quarantine/` and the segment is cut there.
 * 4. `checkpoint` and the last line of `checkpoints.jsonl` must not be ahead of the log or differ from it (I2).
 * An integrity failure is thrown before anything is changed.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { redo } from './blank.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { isThere } from './durable.ts';
import type { Keyring } from './keyring.ts';
import { openNote } from './note.ts';
import { cutTornLine, settle, type Standing } from './recover-tail.ts';
import { integrity, type KnownKeys, MAX_COMMIT_BYTES, Replay } from './replay.ts';
import { readRange } from './segment-lines.ts';
import { finishReplay } from './segment-writer.ts';

/**
 * Brings a log's folder into order and says where it stands.
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` when it must not be appended to
 */
export function recover(folder: string, known: KnownKeys, keyring: Keyring, now: Date): Standing {
  finishReplay(folder);
  redo(folder);
  const replay = new Replay(folder, known);
  replay.run();
  checkPublished(folder, replay);
  cutTornLine(folder, 'checkpoints.jsonl', now);
  return settle(folder, keyring, replay, now);
}

/** Published checkpoints are promises to others: the log must still keep them. */
function checkPublished(folder: string, replay: Replay): void {
  const notes: string[] = [];
  const latest = join(folder, 'checkpoint');
  if (isThere(latest)) notes.push(readFileSync(latest, 'utf8'));
  const all = join(folder, 'checkpoints.jsonl');
  const last = isThere(all) ? lastCompleteLine(all) : undefined;
  if (last !== undefined) {
    let value: unknown;
    try {
      value = Object(JSON.parse(last))['checkpoint'];
    } catch (cause) {
      throw integrity('last line of "checkpoints.jsonl" is damaged', cause);
    }
    if (typeof value === 'string') notes.push(value);
  }
  for (const note of notes) {
    // A power cut may leave the replaced file empty: it was not fsynced.
    if (/^\0*$/.test(note)) continue;
    let published;
    try {
      const { text } = openNote(note, replay.candidates);
      published = parseCheckpoint(text);
      if (published.origin !== replay.origin) throw new TypeError('of another log');
    } catch (cause) {
      throw integrity('a published checkpoint is damaged', cause);
    }
    if (published.size > replay.committedSize) {
      throw integrity(
        `log has ${replay.committedSize} committed leaves, its published checkpoint has ${published.size}: the end is missing`,
      );
    }
    const root = replay.commits.get(published.size);
    if (root !== undefined && !root.equals(published.root)) {
      throw integrity(
        `published checkpoint of size ${published.size} has another root than the log`,
      );
    }
  }
}

function lastCompleteLine(path: string): string | undefined {
  const size = statSync(path).size;
  const lines = readRange(path, Math.max(0, size - 4 * MAX_COMMIT_BYTES), size)
    .toString()
    .split('\n');
  lines.pop();
  return lines.at(-1);
}
