/**
 * One changed byte. Works on a copy: the log itself is never touched. The byte is the first letter of a leaf's kind, in
 * the middle of the longest segment, and one of its bits changes: the smallest lie there is.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder } from './secrets.ts';

/** What was changed. */
export interface Flip {
  /** Relative to the root. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 0-based, in the file. */
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

/**
 * Copies a logbook root and flips one bit of one leaf in the copy.
 * @throws Error when the root holds no leaf
 */
export function flipOneByte(root: string, copy: string): Flip {
  cpSync(root, copy, { recursive: true });
  const [file] = filesUnder(copy)
    .filter((name) => name.endsWith('.jsonl') && name.includes('segments'))
    .map((name) => ({ name, content: readFileSync(join(copy, name)) }))
    .toSorted((a, b) => b.content.length - a.content.length);
  if (file === undefined) throw new Error('the logbook has no segment');
  const { name, content } = file;
  const lines = content.toString('latin1').split('\n');
  const leaves = lines.flatMap((text, index) => (text.startsWith('{"leaf":') ? [index] : []));
  const line = leaves[Math.floor(leaves.length / 2)];
  if (line === undefined) throw new Error('the segment has no leaf');
  const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  const offset = start + (lines[line] ?? '').indexOf('"kind":"') + '"kind":"'.length;
  const before = content[offset] ?? 0;
  const after = before ^ 1;
  content[offset] = after;
  writeFileSync(join(copy, name), content);
  return {
    file: name,
    line: line + 1,
    offset,
    before: String.fromCharCode(before),
    after: String.fromCharCode(after),
  };
}
