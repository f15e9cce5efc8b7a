/**
 * What `verifyLog` asks of single lines: commits in their one spelling, blanked seals, whole lines without a newline.
 */
import type { Hash } from 'node:crypto';
import type { LeafOfSeal } from './access.ts';
import { type Checkpoint, parseCheckpoint, parseCommitExtensions } from './checkpoint.ts';
import { LogbookError } from './errors.ts';
import { parseLeaf } from './leaf.ts';
import { openNote, parseNote, type Verifier } from './note.ts';
import { hasBytes, utf8At } from './scan.ts';
import { parseSeal, type Seal } from './seal.ts';

export const LEAF_START: Buffer = Buffer.from('{"leaf":{"v":1,"id":"');
export const ANY_SEAL_START: Buffer = Buffer.from('{"seal":');
/** A commit whose start was damaged still holds the start of a signature line (JSON text of "\n\n— "). */
export const SIGNATURE_MARK: Buffer = Buffer.from('\\n\\n\u2014 ');
/** Kinds of which there are many, and of which nothing but hash and number is needed here. */
const COMMON_KINDS: readonly Buffer[] = ['tool.call"', 'resource.read"', 'prompt.get"'].map(
  (kind) => Buffer.from(kind),
);

export interface OpenedCommit {
  readonly text: string;
  readonly checkpoint: Checkpoint;
  readonly seals: Buffer;
  readonly time: string;
}

/** Form of a commit's note and, with keys, its signatures: of each of them and of nobody else. */
export function openCommit(note: string, signers: readonly Verifier[] | undefined): OpenedCommit {
  const { text, signatures } = parseNote(note);
  if (signers !== undefined) {
    // An unknown signature line could be changed unseen (I1): witnesses sign published checkpoints, never commits.
    const { verified } = openNote(note, signers);
    const missing = signers.find((signer) => !verified.includes(signer));
    if (missing !== undefined) {
      throw new LogbookError(
        'ERR_LOGBOOK_NOTE_UNVERIFIED',
        `commit has no signature of key "${missing.name}" (${missing.keyId})`,
      );
    }
    if (signatures.length !== verified.length) {
      throw new LogbookError(
        'ERR_LOGBOOK_NOTE_UNVERIFIED',
        'commit has a signature of an unknown key',
      );
    }
  }
  const checkpoint = parseCheckpoint(text);
  const { seals, unixNanos } = parseCommitExtensions(checkpoint.extensions);
  const time = new Date(Number(unixNanos / 1_000_000n)).toISOString();
  return { text, checkpoint, seals: Buffer.from(seals), time };
}

/** The note of a commit line in its one spelling. */
export function parseCommit(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const commit: unknown = Object(JSON.parse(text))['commit'];
    return typeof commit === 'string' && JSON.stringify({ commit }) === text ? commit : undefined;
  } catch {
    return undefined;
  }
}

/** A blanked seal, or undefined. */
export function erasedSeal(line: string): Extract<Seal, { form: 'erased' }> | undefined {
  try {
    const seal = parseSeal(line);
    return seal.form === 'erased' ? seal : undefined;
  } catch {
    return undefined;
  }
}

/** Segment name and digest in the target of `segment.closed`. */
export function closedSegment(target: string): [name?: string, digest?: string] {
  const [, name, digest] = /^(\d{12}\.jsonl) sha256:([0-9a-f]{64})$/.exec(target) ?? [];
  return name === undefined || digest === undefined ? [] : [name, digest];
}

/** True if the bytes are one whole line, whatever follows them. */
export function isWholeLine(bytes: Buffer): boolean {
  const text = utf8At(bytes, 0, bytes.length);
  if (text === undefined) return false;
  if (parseCommit(text) !== undefined) return true;
  return (
    faultOf(() => parseLeaf(text)) === undefined || faultOf(() => parseSeal(text)) === undefined
  );
}

/** What a strict reader says against it. */
export function faultOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return error instanceof LogbookError ? error.message : 'cannot be read';
  }
}

export function isCommonKind(buffer: Buffer, at: number, end: number): boolean {
  return COMMON_KINDS.some((kind) => hasBytes(buffer, at, end, kind));
}

/** Where the time of a leaf line begins: after a version and a UUID of fixed widths. */
const TIME_AT = 67;
const TIME_CHARACTERS = 27;
const PC = '"pc":"';
const PC_CHARACTERS = 43;
const CLASS = '"class":"';
const ACTOR = '"actor":"';
/** Characters of an actor and of what stands between it and the class. */
const ACTOR_WIDTHS = ['a_0123456789abcdef",'.length, 'anonymous",'.length];

/**
 * What the opening of a seal needs of a leaf in its one form, found by its place in the line (0.5 us, `parseLeaf` 6 us);
 * undefined for a line in which something is unusual. A quote within a text is `\\"`, so no text holds `"class":"`.
 * @param line as latin1
 */
export function leafOfSeal(line: string): LeafOfSeal | undefined {
  const end = line.length - '"}}'.length;
  const pcAt = end - PC_CHARACTERS;
  const classAt = line.indexOf(CLASS, TIME_AT + TIME_CHARACTERS);
  if (classAt < 0 || !line.startsWith(PC, pcAt - PC.length)) return undefined;
  const from = classAt + CLASS.length;
  const entryClass = line.slice(from, line.indexOf('"', from));
  if (!/^[\w.-]+$/.test(entryClass)) return undefined;
  const width = ACTOR_WIDTHS.find((each) => line.startsWith(ACTOR, classAt - each - ACTOR.length));
  return {
    time: line.slice(TIME_AT, TIME_AT + TIME_CHARACTERS),
    actor: width === undefined ? undefined : line.slice(classAt - width, classAt - '",'.length),
    class: entryClass,
    pc: line.slice(pcAt, end),
  };
}

export function addToDigest(digest: Hash, buffer: Buffer, start: number, end: number): void {
  // `end` is the newline, which counts.
  if (!hasBytes(buffer, start, end, ANY_SEAL_START)) digest.update(buffer.subarray(start, end + 1));
}
