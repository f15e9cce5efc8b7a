/**
 * Proof of one entry for somebody who has nothing but the log's verifier key (audit.md 7).
 *
 * A proof is a C2SP tlog-proof. Its `extra` is base64 of a JSON object, which the proof itself makes trustworthy:
 * `leaf` = the exact leaf line, whose hash the inclusion proof starts from; when disclosed, `payload` = the sealed text
 * and `salt` (base64url), which the leaf's `pc` = SHA-256(0x02 || salt || payload) binds. So one entry is shown and no
 * other (the hashes tell nothing of them), and erasing a person later leaves the proofs of everyone else good (I6).
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type KeyAccess,
  openKeyringForReading,
  openKeysForReading,
  sealingKeyOf,
} from './access.ts';
import { type Checkpoint, parseCheckpoint, parseCommitExtensions } from './checkpoint.ts';
import { publishedNotes } from './anchor-log.ts';
import { parseWitnessVkey } from './cosignature.ts';
import { LogbookError } from './errors.ts';
import { type LogIdentity, readIdentity } from './folder.ts';
import { leafHash } from './hash.ts';
import { listedKeys } from './key-chain.ts';
import { type Leaf, parseLeaf } from './leaf.ts';
import { commitNote, isLeafLine, rangeRoots, scanLog } from './log-leaves.ts';
import { leavesBefore } from './segment.ts';
import { decodeBase64Url, openNote, parseNote, parseVkey, type Verifier } from './note.ts';
import { inclusionRanges, rootOfInclusion } from './proof.ts';
import { hasBytes } from './scan.ts';
import { commitment, openSeal, parseSeal, SALT_BYTES } from './seal.ts';
import { formatTlogProof, parseTlogProof, type TlogProof } from './tlog-proof.ts';

/** What to prove. */
export interface ProveOptions {
  /** Shows the payload too; needs the keys of the root folder. */
  readonly disclose?: KeyAccess | boolean | undefined;
}

/** What a proof says, and whether it is true. */
export interface ProofReport {
  readonly ok: boolean;
  /** What is wrong, when it is not. */
  readonly problem?: string;
  readonly origin: string;
  readonly index: number;
  /** Leaves of the signed tree. */
  readonly size: number;
  /** When the checkpoint was signed, as the log says, RFC 3339; absent from checkpoints of other logs. */
  readonly signedAt?: string;
  /** The entry. Trust it when `ok`. */
  readonly leaf?: Leaf;
  /** The disclosed payload, as the log's JSON text. */
  readonly payload?: string;
  /** Names of all keys that signed the checkpoint, those that nobody asked for left out. */
  readonly signedBy: readonly string[];
}

/** What `extra` holds. */
interface Shown {
  readonly leaf: Buffer;
  readonly salt: Buffer | undefined;
  readonly payload: string | undefined;
}

/** An entry as it was found. */
interface FoundEntry {
  readonly index: number;
  readonly leaf: Buffer;
  readonly seal: string;
  /** Newest commit of the log. */
  readonly commit: string | undefined;
}

/**
 * Proves that an entry is in a log.
 * @param folder the log's folder
 * @returns the text of the proof, or undefined when the log has no such entry
 * @throws LogbookError `ERR_LOGBOOK_UNPROVABLE` when it is not signed yet or has no payload to disclose,
 * `ERR_LOGBOOK_INTEGRITY` when the log is damaged, `ERR_LOGBOOK_NOT_A_LOG`, `ERR_LOGBOOK_IO`; with `disclose` also
 * `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export function prove(folder: string, id: string, options: ProveOptions = {}): string | undefined {
  const identity = readIdentity(folder);
  if (identity === undefined)
    throw new LogbookError('ERR_LOGBOOK_NOT_A_LOG', `no log in "${folder}": it has no log.json`);
  const entry = findEntry(folder, id);
  if (entry === undefined) return undefined;
  const keys = listedKeys(identity);
  const checkpoint = checkpointOver(folder, entry, keys);
  const { size, root } = parseCheckpoint(openNote(checkpoint, keys).text);
  const { index, leaf } = entry;
  const hashes = rangeRoots(folder, inclusionRanges(index, size));
  if (rootOfInclusion(leafHash(leaf), index, size, hashes)?.equals(root) !== true)
    throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `log "${folder}" is not what was signed`, {
      hint: 'mcp-logbook verify says where it is damaged',
    });
  const extra = { leaf: leaf.toString(), ...disclosed(folder, identity, entry, options.disclose) };
  return formatTlogProof({ extra: Buffer.from(JSON.stringify(extra)), index, hashes, checkpoint });
}

/**
 * Checks a proof: the checkpoint's signature and origin, the leaf's place in the signed tree, the disclosed payload.
 * @param vkey verifier key of the log, from elsewhere than the proof; of a log that rotated its key, the one that signed
 * the proof's checkpoint, which is the newest when the proof was made
 * @param witnesses C2SP keys of witnesses, each of which must have cosigned the checkpoint
 * @throws LogbookError `ERR_LOGBOOK_PROOF_MALFORMED` when it is none, `ERR_LOGBOOK_KEY_MALFORMED` on a bad key. A false
 * proof never throws.
 */
export function checkProof(
  text: string,
  vkey: string,
  witnesses: readonly string[] = [],
): ProofReport {
  const verifier = parseVkey(vkey);
  const cosigners = witnesses.map((each) => parseWitnessVkey(each));
  const proof = parseTlogProof(text);
  const shown = readShown(proof.extra);
  const { index } = proof;
  const said = { origin: verifier.name, index, size: 0, signedBy: [] };
  let opened;
  let checkpoint;
  try {
    opened = openNote(proof.checkpoint, [verifier, ...cosigners]);
    checkpoint = parseCheckpoint(opened.text);
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    return { ...said, ok: false, problem: error.message };
  }
  const leaf = readLeaf(shown.leaf);
  const report = {
    ...said,
    size: checkpoint.size,
    ...timeOf(checkpoint),
    ...(leaf !== undefined && { leaf }),
    ...(shown.payload !== undefined && { payload: shown.payload }),
    signedBy: opened.verified.map(({ name }) => name),
  };
  const missing = [verifier, ...cosigners].find((each) => !opened.verified.includes(each));
  const problem =
    missing === undefined
      ? problemOf(proof, checkpoint, verifier, shown, leaf)
      : `the checkpoint has no signature of "${missing.name}"`;
  return problem === undefined ? { ...report, ok: true } : { ...report, ok: false, problem };
}

function problemOf(
  { index, hashes }: TlogProof,
  { origin, size, root }: Checkpoint,
  verifier: Verifier,
  { leaf: line, salt, payload }: Shown,
  leaf: Leaf | undefined,
): string | undefined {
  if (origin !== verifier.name)
    return `checkpoint is of log "${origin}", expected "${verifier.name}"`;
  if (index >= size) return `entry ${index} is beyond the ${size} entries that were signed`;
  if (rootOfInclusion(leafHash(line), index, size, hashes)?.equals(root) !== true)
    return `the leaf is not entry ${index} of the ${size} that were signed`;
  if (leaf === undefined) return 'what was signed there is not a leaf of this format';
  if (payload === undefined || salt === undefined) return undefined;
  return commitment(salt, Buffer.from(payload)) === leaf.pc
    ? undefined
    : 'the payload is not the one that the leaf commits to';
}

/** `extra` in its one spelling. */
function readShown(extra: Uint8Array | undefined): Shown {
  const text = Buffer.from(extra ?? []).toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { leaf, salt, payload } = Object(value);
  const saltBytes = typeof salt === 'string' ? decodeBase64Url(salt) : undefined;
  const isDisclosed = saltBytes?.length === SALT_BYTES && typeof payload === 'string';
  const again = JSON.stringify(isDisclosed ? { leaf, salt, payload } : { leaf });
  if (typeof leaf !== 'string' || again !== text || !Buffer.from(text).equals(extra ?? Buffer.of()))
    throw new LogbookError('ERR_LOGBOOK_PROOF_MALFORMED', 'proof shows no entry of a logbook', {
      hint: 'its "extra" must hold the leaf, and salt and payload or neither',
    });
  return {
    leaf: Buffer.from(leaf),
    salt: isDisclosed ? saltBytes : undefined,
    payload: isDisclosed ? payload : undefined,
  };
}

function readLeaf(line: Buffer): Leaf | undefined {
  try {
    return parseLeaf(line.toString());
  } catch {
    return undefined;
  }
}

function timeOf({ extensions }: Checkpoint): { readonly signedAt?: string } {
  try {
    const { unixNanos } = parseCommitExtensions(extensions);
    return { signedAt: new Date(Number(unixNanos / 1_000_000n)).toISOString() };
  } catch {
    return {};
  }
}

/** The entry with an id, and the newest commit of the log, in one pass. */
function findEntry(folder: string, id: string): FoundEntry | undefined {
  const start = Buffer.from(`{"leaf":{"v":1,"id":${JSON.stringify(id)},`);
  let found: { index: number; leaf: Buffer; seal: string } | undefined;
  let sealDue = false;
  let size = leavesBefore(folder);
  let commit: string | undefined;
  scanLog(folder, (buffer, first, end) => {
    if (sealDue && found !== undefined) found.seal = buffer.toString('latin1', first, end);
    sealDue = false;
    if (isLeafLine(buffer, first, end)) {
      if (found === undefined && hasBytes(buffer, first, end, start)) {
        found = { index: size, leaf: Buffer.from(buffer.subarray(first, end)), seal: '' };
        sealDue = true;
      }
      size += 1;
    } else if (found !== undefined) {
      commit = commitNote(buffer, first, end) ?? commit;
    }
    return true;
  });
  return found === undefined ? undefined : { ...found, commit };
}

/** The newest checkpoint over the entry that others signed too, else the newest published one, else the newest commit. */
function checkpointOver(
  folder: string,
  { index, commit }: FoundEntry,
  keys: readonly Verifier[],
): string {
  for (const note of [lastCosigned(folder), latestPublished(folder), commit]) {
    if (note === undefined) continue;
    try {
      const { origin, size } = parseCheckpoint(openNote(note, keys).text);
      if (origin === keys[0]?.name && size > index) return note;
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
    }
  }
  throw new LogbookError('ERR_LOGBOOK_UNPROVABLE', 'the entry is in the log but not signed yet', {
    hint: 'the next commit signs it: within a second, or when the server ends',
  });
}

function lastCosigned(folder: string): string | undefined {
  return publishedNotes(folder).findLast((note) => signaturesOf(note) > 1);
}

function signaturesOf(note: string): number {
  try {
    return parseNote(note).signatures.length;
  } catch {
    return 0;
  }
}

function latestPublished(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'checkpoint'), 'utf8');
  } catch {
    return undefined;
  }
}

/** Salt and payload, if they are to be shown. */
function disclosed(
  folder: string,
  { origin }: LogIdentity,
  { leaf: line, seal: sealLine }: FoundEntry,
  disclose: ProveOptions['disclose'],
): { readonly salt?: string; readonly payload?: string } {
  if (disclose === undefined || disclose === false) return {};
  const seal = parseSeal(sealLine);
  if (seal.form === 'erased') throw noPayload('was erased');
  if (seal.form === 'absent') throw noPayload('never came to this log');
  const keys = openKeysForReading(dirname(folder), disclose === true ? {} : disclose);
  const keyring = openKeyringForReading(folder, origin, keys);
  try {
    const leaf = parseLeaf(line.toString());
    const key = sealingKeyOf(keyring, leaf, seal.subject);
    if (key === undefined) throw noPayload('cannot be read any more: its key was destroyed');
    const { salt, payload } = openSeal(key, seal.raw, line, leaf.pc);
    return { salt: salt.toString('base64url'), payload: payload.toString() };
  } finally {
    keyring.close();
  }
}

function noPayload(what: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_UNPROVABLE', `the payload of the entry ${what}`, {
    hint: 'leave --disclose out: that the entry is in the log can still be proven',
  });
}
