/**
 * What is left of entries that were removed from the left of a log (audit.md 6; prune.ts removes them).
 *
 * `pruned` in the log's folder, one line of JSON:
 *   {"format":1,"segment":"000000001234.jsonl","size":1234,"seq":1230,"missing":[[7,9]],"edge":["<base64>"],"commit":"<note>"}
 * `segment` is the first that is kept, named after `size`, the leaves before it. `edge` is the right edge of the tree over
 * those, biggest subtree first, whose root `commit` signs: the note of their last line. `seq` is their highest own producer
 * number, `missing` those below it that neither a leaf nor an entry among them accounts for.
 *
 * A `retention.expired` entry with action `prune` and target `<segment> sha256:<hex digest of the file>` stands behind it
 * in the log, so the record is under a commit as everything else is.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint } from './checkpoint.ts';
import { isThere } from './durable.ts';
import { LogbookError } from './errors.ts';
import type { ControlEntry } from './control.ts';
import { KeyChain } from './key-chain.ts';
import { parseNote, type Verifier } from './note.ts';
import { formatSegmentName, PRUNED } from './segment.ts';
import { Frontier } from './tree.ts';
import { openCommit, type OpenedCommit } from './verify-lines.ts';
import type { SequenceState } from './verify-sequence.ts';

export const PRUNE = 'prune';

/** The cut, read from its record or about to be recorded. */
export interface Cut extends SequenceState {
  /** File name of the first segment that is kept. */
  readonly segment: string;
  /** Right edge of the tree over what went; its size is the number of leaves. */
  readonly tree: Frontier;
  /** Note of the last commit that went. */
  readonly commit: string;
}

/** The text of a record. */
export function formatPruned({ segment, tree, seq, missing, commit }: Cut): string {
  const edge = tree.hashes.map((each) => each.toString('base64'));
  const { size } = tree;
  return `${JSON.stringify({ format: 1, segment, size, seq, missing, edge, commit })}\n`;
}

/** The entry about a record. */
export function prunedEntry(text: string, segment: string, payload: object): ControlEntry {
  const target = `${segment} sha256:${digestOf(text)}`;
  return { kind: 'retention.expired', action: PRUNE, target, payload: { ...payload } };
}

/**
 * The record of a log, in its one form, and its digest; undefined when nothing was removed.
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` for one that is damaged, or whose commit is not over its edge
 */
export function readPruned(folder: string): (Cut & { readonly digest: string }) | undefined {
  const path = join(folder, PRUNED);
  if (!isThere(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  const damaged = (what: string, cause?: unknown): LogbookError =>
    new LogbookError('ERR_LOGBOOK_INTEGRITY', `"${path}" ${what}`, {
      cause,
      hint: 'restore it from a backup: without it nobody can check the entries behind it',
    });
  let cut: Cut;
  let signed;
  try {
    const { segment, size, seq, missing, edge, commit } = Object(JSON.parse(text));
    const tree = Frontier.from(
      size,
      [...edge].map((each) => Buffer.from(String(each), 'base64')),
    );
    cut = { segment, tree, seq, missing: rangesOf(missing), commit };
    signed = parseCheckpoint(parseNote(commit).text);
  } catch (cause) {
    throw damaged('is damaged', cause);
  }
  const { size } = cut.tree;
  if (
    formatPruned(cut) !== text ||
    size === 0 ||
    cut.segment !== formatSegmentName(size) ||
    !isCount(cut.seq)
  )
    throw damaged('is damaged');
  if (signed.size !== size || !cut.tree.root().equals(signed.root))
    throw damaged('has a commit that is not over its edge');
  return { ...cut, digest: digestOf(text) };
}

/**
 * The commit of a record, and the keys from there on: what came before has gone with the entries about it.
 * @param candidates all keys that the log may have had, oldest first
 * @throws LogbookError when none of them signed it
 */
export function openPruned(
  { commit }: Cut,
  candidates: readonly Verifier[],
): { readonly opened: OpenedCommit; readonly chain: KeyChain } {
  const chain = new KeyChain(KeyChain.behind(commit, candidates).keys.slice(-1));
  return { opened: openCommit(commit, undefined), chain };
}

function digestOf(text: string): string {
  return hash('sha256', text);
}

function rangesOf(value: unknown): Cut['missing'] {
  if (!Array.isArray(value)) throw new TypeError('no list');
  return value.map((range: unknown) => {
    const [first, last] = Array.isArray(range) ? range : [];
    if (!isCount(first) || !isCount(last)) throw new TypeError('no range');
    return [first, last] as const;
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
