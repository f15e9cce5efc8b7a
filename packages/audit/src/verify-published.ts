/**
 * Published checkpoints: `checkpoint` (the latest note) and `checkpoints.jsonl` (`{"checkpoint":"<note>"}` a line).
 *
 * A published note is a commit's note, perhaps with further signatures of witnesses. Most are equal to their commit
 * byte for byte, whose signature was checked already; only the others are opened (117 us each).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anchor } from './anchors.ts';
import { parseCheckpoint, parseCommitExtensions } from './checkpoint.ts';
import { isThere } from './durable.ts';
import { LogbookError } from './errors.ts';
import { openNote, parseNote, type Verifier } from './note.ts';
import { scanLines, utf8At } from './scan.ts';
import type { Findings } from './verify-findings.ts';

/** One published note, before it is compared. */
interface PublishedNote {
  readonly file: string;
  readonly line: number;
  readonly size: number;
  readonly note: string;
  /** Kept elsewhere. */
  readonly anchor: boolean;
  matched: boolean;
  /** The log has this very commit. */
  kept: boolean;
}

/** The newest anchor whose promise the log keeps. */
export interface KeptAnchor {
  /** Leaves under it. */
  readonly size: number;
  readonly source: string;
  /** When the log signed it, Unix milliseconds. */
  readonly signedMs: number;
}

/** A damaged tail end of a file that is replaced or appended to without fsync. */
const EMPTY = /^\0*$/;

/** Published checkpoints and anchors of a log, to be compared with its commits. */
export class Published {
  readonly #bySize = new Map<number, PublishedNote[]>();
  /** Published by the log itself. */
  count = 0;
  anchors = 0;

  add(note: PublishedNote): void {
    const same = this.#bySize.get(note.size);
    if (same === undefined) this.#bySize.set(note.size, [note]);
    else same.push(note);
    if (note.anchor) this.anchors += 1;
    else this.count += 1;
  }

  /** Adds what others kept; whether the log's keys signed it is seen when it is compared. */
  addAnchors(anchors: readonly Anchor[], findings: Findings): void {
    for (const { note, source, line } of anchors) {
      try {
        const { size } = parseCheckpoint(parseNote(note).text);
        this.add({ file: source, line, size, note, anchor: true, matched: false, kept: false });
      } catch (error) {
        if (!(error instanceof LogbookError)) throw error;
        const message = `anchor "${source}" line ${line}: ${error.message}`;
        findings.add({ code: 'checkpoint', message, file: source, line });
      }
    }
  }

  /** The newest anchor that the log keeps; undefined when there is none. */
  newestAnchor(): KeptAnchor | undefined {
    let newest: PublishedNote | undefined;
    for (const note of [...this.#bySize.values()].flat())
      if (note.anchor && note.kept && note.size >= (newest?.size ?? 0)) newest = note;
    if (newest === undefined) return undefined;
    const { extensions } = parseCheckpoint(parseNote(newest.note).text);
    const signedMs = Number(parseCommitExtensions(extensions).unixNanos / 1_000_000n);
    return { size: newest.size, source: newest.file, signedMs };
  }

  /**
   * Puts aside what was published for entries that were removed: of it only the signatures can be checked.
   * @returns anchors among them
   */
  dropBefore(size: number, keys: readonly Verifier[], findings: Findings): number {
    let anchors = 0;
    for (const [of, notes] of this.#bySize) {
      if (of >= size) continue;
      this.#bySize.delete(of);
      for (const note of notes) {
        isSigned(note, keys, findings);
        if (note.anchor) anchors += 1;
      }
    }
    this.anchors -= anchors;
    return anchors;
  }

  /** Compares what was published for the size of a sound commit. */
  compare(
    size: number,
    text: string,
    note: string,
    signers: readonly Verifier[],
    findings: Findings,
  ): void {
    const published = this.#bySize.get(size);
    if (published === undefined) return;
    for (const each of published) {
      each.matched = true;
      const message = each.note === note ? undefined : differenceOf(each, text, signers);
      each.kept = message === undefined;
      if (message !== undefined) {
        findings.add({
          code: 'checkpoint',
          message,
          file: each.file,
          line: each.line,
          commit: size,
        });
      }
    }
  }

  /**
   * Those that no commit answered, smallest first. An anchor that none of the log's keys signed says something of its
   * store, not of the log.
   */
  unanswered(keys: readonly Verifier[], findings: Findings): PublishedNote[] {
    return [...this.#bySize.values()]
      .flat()
      .filter((note) => !note.matched && (!note.anchor || isSigned(note, keys, findings)))
      .toSorted((a, b) => a.size - b.size);
  }
}

/** Reads all published notes of a log. */
export function readPublished(folder: string, findings: Findings): Published {
  const published = new Published();
  const take = (note: string, file: string, line: number): void => {
    try {
      const { size } = parseCheckpoint(parseNote(note).text);
      published.add({ file, line, size, note, anchor: false, matched: false, kept: false });
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      const message = `published checkpoint "${file}" line ${line}: ${error.message}`;
      findings.add({ code: 'checkpoint', message, file, line });
    }
  };
  const latest = join(folder, 'checkpoint');
  if (isThere(latest)) {
    const note = readFileSync(latest, 'utf8');
    // The file is replaced, not fsynced: a power cut may leave it empty.
    if (EMPTY.test(note)) findings.note('"checkpoint" is empty, as a power cut may leave it');
    else take(note, 'checkpoint', 1);
  }
  const all = join(folder, 'checkpoints.jsonl');
  if (isThere(all)) {
    const { tail, line: last } = scanLines(all, (buffer, start, end, line) => {
      take(parseLine(utf8At(buffer, start, end)), 'checkpoints.jsonl', line);
      return true;
    });
    // A crash tears a line anywhere; a whole one with another byte for its newline was changed.
    if (parseLine(utf8At(tail, 0, tail.length - 1)) !== '') take('', 'checkpoints.jsonl', last);
  }
  return published;
}

/** The note of a line in its one spelling, else an empty text, which no reader of notes takes. */
function parseLine(text: string | undefined): string {
  if (text === undefined) return '';
  try {
    const checkpoint: unknown = Object(JSON.parse(text))['checkpoint'];
    return JSON.stringify({ checkpoint }) === text ? String(checkpoint) : '';
  } catch {
    return '';
  }
}

function isSigned(
  { note, file, line, anchor }: PublishedNote,
  keys: readonly Verifier[],
  findings: Findings,
): boolean {
  try {
    openNote(note, keys);
    return true;
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    const what = anchor ? 'anchor' : 'published checkpoint';
    const message = `${what} "${file}" line ${line}: ${error.message}`;
    findings.add({ code: 'checkpoint', message, file, line });
    return false;
  }
}

function differenceOf(
  published: PublishedNote,
  text: string,
  signers: readonly Verifier[],
): string | undefined {
  const what = published.anchor ? 'anchor' : 'published checkpoint';
  const where = `${what} "${published.file}" line ${published.line} of size ${published.size}`;
  try {
    return openNote(published.note, signers).text === text
      ? undefined
      : `${where} differs from the log's commit: the log was rewritten or forked`;
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    return `${where}: ${error.message}`;
  }
}
