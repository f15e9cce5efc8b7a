/** What a thief of a log's signing key can make of it: other lines, all signed again, and files that fit them. */
import { createPrivateKey } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatCheckpoint,
  formatCommitExtensions,
  parseCheckpoint,
  parseCommitExtensions,
} from '../src/checkpoint.ts';
import { leafHash, sha256 } from '../src/hash.ts';
import { parseNote, Signer, signNote } from '../src/note.ts';
import { parseSeal, sealDigest } from '../src/seal.ts';
import { Frontier } from '../src/tree.ts';
import { aRoot, type SmallLog } from './small-log.ts';

/** Notes of the commits among lines. */
export function commitsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    line.startsWith('{"commit":') ? [String(JSON.parse(line).commit)] : [],
  );
}

/** A copy of the folder with other lines, made to fit as well as a thief of all its files can. */
export function withLines(log: SmallLog, lines: readonly string[]): string {
  const folder = join(aRoot(), 'small');
  cpSync(log.folder, folder, { recursive: true });
  writeFileSync(
    join(folder, 'segments', '000000000000.jsonl'),
    lines.map((l) => `${l}\n`).join(''),
  );
  const notes = commitsOf(lines);
  writeFileSync(join(folder, 'checkpoint'), notes.at(-1) ?? '');
  writeFileSync(
    join(folder, 'checkpoints.jsonl'),
    notes.map((checkpoint) => `${JSON.stringify({ checkpoint })}\n`).join(''),
  );
  rmSync(join(folder, 'frontier'), { force: true });
  return folder;
}

/** Signs every commit anew over what the lines are now: with the real key, in their place and with their time. */
export function sealedAgain(log: SmallLog, lines: readonly string[]): string[] {
  const { origin } = JSON.parse(readFileSync(join(log.folder, 'log.json'), 'utf8'));
  const key = createPrivateKey(readFileSync(join(log.folder, 'signing.key'), 'utf8'));
  const signer = new Signer(origin, key);
  const tree = Frontier.empty();
  let seals: Buffer[] = [];
  return lines.map((line) => {
    if (line.startsWith('{"leaf":')) tree.append(leafHash(Buffer.from(line)));
    if (line.startsWith('{"seal":')) seals.push(sealDigest(parseSeal(line)));
    if (!line.startsWith('{"commit":')) return line;
    const old = parseCheckpoint(parseNote(String(JSON.parse(line).commit)).text);
    const extensions = formatCommitExtensions({
      ...parseCommitExtensions(old.extensions),
      seals: sha256(Buffer.concat(seals)),
    });
    seals = [];
    const text = formatCheckpoint({ origin, size: tree.size, root: tree.root(), extensions });
    return JSON.stringify({ commit: signNote(text, signer) });
  });
}
