/**
 * Verifies a log offline, without any secret (audit.md 7): signatures, every leaf, every commit's root, every seal
 * text, segment digests, published checkpoints, the sequence. With `deep` also every seal's content.
 *
 * Reads, never writes, and is safe beside a running writer: published checkpoints are read first, so the log can only
 * be ahead of them. A flipped bit anywhere is found: in a leaf by the root, in a seal by the commit's `seals`, in a
 * commit by its signature and its one canonical spelling, elsewhere by the form of the line. Without keys, damage that
 * leaves a line well-formed is narrowed to the lines between two commits.
 */
import { dirname, join } from 'node:path';
import type { Anchor } from './anchors.ts';
import { openKeyringForReading, openKeysForReading, type KeyAccess } from './access.ts';
import { LogbookError } from './errors.ts';
import { readIdentity } from './folder.ts';
import type { Keyring } from './keyring.ts';
import { KeyChain, listedKeys } from './key-chain.ts';
import { originOf, parseVkey, type Verifier } from './note.ts';
import type { VerifyProgress } from './progress.ts';
import { openPruned, readPruned } from './pruned.ts';
import { segmentSize } from './segment-file.ts';
import { listSegments } from './segment.ts';
import { Findings, type VerifyProblem } from './verify-findings.ts';
import { type KeptAnchor, readPublished } from './verify-published.ts';
import { checkIndex, type IndexAccess } from './verify-index.ts';
import { LogWalk } from './verify-walk.ts';

export type { VerifyProgress } from './progress.ts';
export type { ProblemCode, VerifyProblem } from './verify-findings.ts';

/** What to verify, and with what. */
export interface VerifyOptions {
  /** Verifier key from elsewhere: any that the log was signed with. Without it the key is taken from the log itself, and the notes say so. */
  readonly vkey?: string | undefined;
  /** Opens every row of the keyring and every seal with the keys of the root folder. */
  readonly deep?: KeyAccess | boolean | undefined;
  /** Compares `index.db` with the log, both ways, with the keys of the root folder. */
  readonly index?: IndexAccess | boolean | undefined;
  /** Told now and then how far it is: bytes of the segments, and leaves. */
  readonly progress?: ((done: VerifyProgress) => void) | undefined;
  /** Checkpoints of this log that were kept elsewhere (`readAnchors`); an empty list says that there are none. */
  readonly anchors?: readonly Anchor[] | undefined;
  /** Unix milliseconds, for the age of anchors. */
  readonly nowMs?: number | undefined;
}

/** How many of each there are. */
export interface VerifyCounts {
  readonly leaves: number;
  readonly commits: number;
  readonly seals: number;
  /** Seals that were blanked. */
  readonly erased: number;
  /** Leaves of other producers whose payload never came (central logs). */
  readonly absent: number;
  readonly segments: number;
  /** Leaves after the last commit. */
  readonly uncommitted: number;
  /** Published checkpoints compared with the log. */
  readonly checkpoints: number;
  /** Seals opened and found right, with `deep`. */
  readonly opened: number;
  /** Anchors compared with the log. */
  readonly anchors: number;
  /** Rows of `index.db` equal to their entries, with `index`. */
  readonly indexed: number;
}

/** The newest checkpoint kept elsewhere that the log agrees with: up to there nothing was cut off or written anew. */
export interface AnchorReport {
  /** Entries under it. */
  readonly size: number;
  readonly source: string;
  /** When the log signed it, RFC 3339. */
  readonly signedAt: string;
  readonly ageSeconds: number;
}

/** What verification found out. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly folder: string;
  readonly origin: string | undefined;
  /** The key that was given, else the one that signs now. */
  readonly vkey: string | undefined;
  /** All keys it was signed with, oldest first: each vouched for the next. */
  readonly keys: readonly string[];
  readonly keyFrom: 'argument' | 'log';
  /** In order of the log; the first is the one to look at. At most 100. */
  readonly problems: readonly VerifyProblem[];
  /** What the reader must know to judge `ok`: sentences. */
  readonly notes: readonly string[];
  readonly counts: VerifyCounts;
  /** Leaves under the last good commit. */
  readonly size: number;
  /** Root of the last good commit, base64. */
  readonly root: string | undefined;
  /** Time of the last good commit, RFC 3339. */
  readonly lastCommit: string | undefined;
  readonly anchor: AnchorReport | undefined;
  readonly seconds: number;
  readonly leavesPerSecond: number;
}

/**
 * Verifies one log.
 * @param folder the log's folder (with `log.json`)
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG` where no log is, `ERR_LOGBOOK_KEY_MALFORMED` on a bad `vkey`,
 * `ERR_LOGBOOK_IO`; with `deep` also `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`. Damage never throws.
 */
export function verifyLog(folder: string, options: VerifyOptions = {}): VerifyReport {
  const started = process.hrtime.bigint();
  const findings = new Findings();
  const found = findKeys(folder, options.vkey, findings);
  const { given, listed } = found;
  const { cut, chain } = behindCut(folder, found, findings);
  const keyring =
    chain === undefined ? undefined : openKeyring(folder, chain.name, options.deep, findings);
  const published = readPublished(folder, findings);
  if (chain !== undefined) published.addAnchors(options.anchors ?? [], findings);
  if (cut !== undefined) {
    const { opened, signers, ...record } = cut;
    const { size } = opened.checkpoint;
    const older = published.dropBefore(size, signers, findings);
    published.compare(size, opened.text, record.commit, chain?.keys ?? [], findings);
    findings.note(cutNote(size, opened.time, older));
  }
  const segments = listSegments(folder);
  const paths = segments.map((name) => join(folder, 'segments', name));
  const progress = progressOver(paths, options.progress);
  const walk = new LogWalk({ chain, keyring, published, findings, cut, progress });
  try {
    for (const [index, name] of segments.entries()) {
      walk.segment(join(folder, 'segments', name), name, index === segments.length - 1);
    }
    walk.finish();
    if (chain !== undefined) {
      const first = listed.findIndex(({ vkey }) => vkey === chain.keys[0]?.vkey);
      const since = cut === undefined ? listed : listed.slice(Math.max(0, first));
      compareKeys(chain.keys, since, given, listed, findings);
    }
  } finally {
    keyring?.close();
  }
  const { index } = options;
  const indexed =
    index === undefined || index === false || chain === undefined
      ? 0
      : checkIndex(folder, chain.name, index === true ? {} : index, findings);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const leaves = walk.size;
  const anchor = anchorReport(published.newestAnchor(), options.nowMs ?? Date.now());
  return {
    ok: findings.problems.length === 0,
    folder,
    origin: chain?.name,
    vkey: given?.vkey ?? chain?.keys.at(-1)?.vkey,
    keys: chain?.keys.map(({ vkey }) => vkey) ?? [],
    keyFrom: options.vkey === undefined ? 'log' : 'argument',
    problems: findings.problems,
    notes: [...notesOf(walk, options, findings), anchorNote(walk, options, anchor)],
    counts: {
      leaves,
      commits: walk.commits,
      seals: walk.seals,
      erased: walk.erased,
      absent: walk.absent,
      segments: segments.length,
      uncommitted: leaves - walk.committedLeaves,
      checkpoints: published.count,
      opened: walk.opened,
      anchors: published.anchors,
      indexed,
    },
    size: walk.last?.size ?? 0,
    root: walk.last?.root.toString('base64'),
    lastCommit: walk.last?.time,
    anchor,
    seconds,
    leavesPerSecond: seconds === 0 ? 0 : Math.round(leaves / seconds),
  };
}

/** Turns a place in a segment into progress over all of them. */
function progressOver(
  paths: readonly string[],
  tell: VerifyOptions['progress'],
): ((path: string, offset: number, leaves: number) => void) | undefined {
  if (tell === undefined) return undefined;
  const sizes = paths.map((path) => segmentSize(path) ?? 0);
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  return (path, offset, leaves) => {
    const before = sizes.slice(0, paths.indexOf(path)).reduce((sum, size) => sum + size, 0);
    tell({ bytes: before + offset, totalBytes, leaves });
  };
}

/** What a log is checked with. */
interface FoundKeys {
  /** The key of the options. */
  readonly given: Verifier | undefined;
  /** Begins with the log's first key. */
  readonly chain: KeyChain | undefined;
  /** What `log.json` names; empty when it is damaged. */
  readonly listed: readonly Verifier[];
}

/** The keys to check with. A `log.json` that says something else than the key is a problem of its own. */
function findKeys(folder: string, vkey: string | undefined, findings: Findings): FoundKeys {
  const given = vkey === undefined ? undefined : parseVkey(vkey);
  const alone = { given, chain: given && new KeyChain([given]), listed: [] };
  let identity;
  try {
    identity = readIdentity(folder);
    if (identity === undefined) {
      if (given === undefined && listSegments(folder).length === 0) {
        throw new LogbookError(
          'ERR_LOGBOOK_NOT_A_LOG',
          `no log in "${folder}": it has no log.json`,
        );
      }
      findings.add({ code: 'identity', message: '"log.json" is missing', file: 'log.json' });
      return alone;
    }
    const own = parseVkey(identity.vkey);
    const slug = own.name.slice(0, own.name.lastIndexOf('/'));
    if (own.name !== identity.origin || originOf(slug, own.publicKey) !== own.name) {
      const message = `"log.json": origin "${identity.origin}" does not belong to its verifier key`;
      findings.add({ code: 'identity', message, file: 'log.json' });
    }
    const listed = own.name === identity.origin ? listedKeys(identity) : [own];
    // A later key of the log bears its name: the walk finds out whether it is one.
    if (given === undefined || given.name === own.name)
      return { given, chain: new KeyChain([own]), listed };
    const message = `"log.json": verifier key is "${own.vkey}", expected "${given.vkey}"`;
    findings.add({ code: 'identity', message, file: 'log.json' });
    return alone;
  } catch (error) {
    if (!(error instanceof LogbookError) || error.code === 'ERR_LOGBOOK_NOT_A_LOG') throw error;
    findings.add({ code: 'identity', message: error.message, file: 'log.json' });
    return alone;
  }
}

/** What is left of entries that were removed, and the keys behind them. */
function behindCut(
  folder: string,
  { chain, listed, given }: FoundKeys,
  findings: Findings,
): { readonly cut: OpenedCut | undefined; readonly chain: KeyChain | undefined } {
  try {
    const cut = readPruned(folder);
    if (cut === undefined || chain === undefined) return { cut: undefined, chain };
    const signers = listed.length > 0 ? listed : given === undefined ? [] : [given];
    const { opened, chain: behind } = openPruned(cut, signers);
    if (opened.checkpoint.origin === chain.name)
      return { cut: { ...cut, opened, signers }, chain: behind };
    throw new LogbookError('ERR_LOGBOOK_INTEGRITY', `"pruned" is of another log`);
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    const message = `"pruned": ${error.message}`;
    findings.add({ code: 'pruned', message, file: 'pruned' });
    return { cut: undefined, chain };
  }
}

type OpenedCut = NonNullable<ReturnType<typeof readPruned>> & {
  readonly opened: ReturnType<typeof openPruned>['opened'];
  readonly signers: readonly Verifier[];
};

/** What the reader must know of entries that are gone. */
function cutNote(size: number, time: string, olderAnchors: number): string {
  const older =
    olderAnchors === 0
      ? ''
      : `; ${olderAnchors} anchors are older than that and can be compared with nothing any more`;
  return `retention removed the first ${size} entries, the last of them signed ${time}: their signed root is left, and what they said cannot be checked any more${older}. Without an anchor or proof from before, nobody can tell whether they were as the root says`;
}

/** The keys that the log was found to be signed with, against those that others name. */
function compareKeys(
  keys: readonly Verifier[],
  listed: readonly Verifier[],
  given: Verifier | undefined,
  allListed: readonly Verifier[],
  findings: Findings,
): void {
  const found = keys.map(({ vkey }) => vkey);
  const unknown = listed.find(({ vkey }, n) => found[n] !== vkey);
  if (unknown !== undefined) {
    const message = `"log.json" names the key "${unknown.vkey}", but the log does not pass to it`;
    findings.add({ code: 'identity', message, file: 'log.json' });
  } else if (listed.length > 0 && listed.length < found.length) {
    findings.note(
      '"log.json" does not name the newest key yet: the log\'s writer, or its next start, adds it',
    );
  }
  if (given !== undefined && !found.includes(given.vkey)) {
    const message = `the log is signed by "${found.join('", "')}", expected "${given.vkey}"`;
    findings.add({ code: 'identity', message, file: 'log.json' });
    if (allListed.some(({ vkey }) => vkey === given.vkey))
      findings.note(
        'the entries by which the given key passed to the next were removed: give a later key',
      );
  }
}

function openKeyring(
  folder: string,
  origin: string,
  deep: VerifyOptions['deep'],
  findings: Findings,
): Keyring | undefined {
  if (deep === undefined || deep === false) return undefined;
  const keys = openKeysForReading(dirname(folder), deep === true ? {} : deep);
  const keyring = openKeyringForReading(folder, origin, keys);
  const fault = (message: string): void =>
    findings.add({ code: 'keys', message: `"keys.db": ${message}`, file: 'keys.db' });
  const broken = keyring.fileFaults();
  broken.forEach(fault);
  if (broken.length === 0) {
    keyring.rowFaults().forEach(fault);
    return keyring;
  }
  keyring.close();
  findings.note('no seal was opened: "keys.db" must be restored from a backup first');
  return undefined;
}

function notesOf(walk: LogWalk, options: VerifyOptions, findings: Findings): string[] {
  const notes = [...findings.notes];
  if (options.vkey === undefined) {
    notes.push('key taken from the log itself: give --key to know who signed it');
  }
  const uncommitted = walk.size - walk.committedLeaves;
  if (uncommitted > 0) {
    notes.push(
      `${uncommitted} entries after the last commit are not signed yet: --deep authenticates them, the next commit signs them`,
    );
  }
  if (walk.erased > 0 && walk.opened === 0) {
    notes.push(
      `${walk.erased} seals were blanked: --deep says whether an erasure or expiry explains it`,
    );
  }
  if (walk.absent > 0) {
    notes.push(
      `${walk.absent} entries of other logs came without their payload: erased there, or not sent`,
    );
  }
  return notes;
}

function anchorReport(kept: KeptAnchor | undefined, nowMs: number): AnchorReport | undefined {
  if (kept === undefined) return undefined;
  const { size, source, signedMs } = kept;
  const ageSeconds = Math.max(0, Math.round((nowMs - signedMs) / 1000));
  return { size, source, signedAt: new Date(signedMs).toISOString(), ageSeconds };
}

/** What anchors show, and what nobody can know. */
function anchorNote(
  walk: LogWalk,
  { anchors }: VerifyOptions,
  anchor: AnchorReport | undefined,
): string {
  const risk =
    'nobody can detect that the newest entries were cut off or that a key holder rewrote history';
  if (anchor !== undefined) {
    const { size, source, signedAt, ageSeconds } = anchor;
    const open = walk.size - size;
    const rest = open === 0 ? 'every entry is under it' : `of the ${open} entries after it ${risk}`;
    return `anchored up to entry ${size} of ${walk.size} by "${source}": signed ${signedAt}, ${ageSeconds} s ago; ${rest}`;
  }
  const what =
    anchors === undefined
      ? 'no anchor was compared'
      : anchors.length === 0
        ? 'no anchor of this log was found'
        : 'no anchor agrees with this log';
  const since =
    walk.last === undefined ? '' : ` (unanchored since ${walk.firstCommitTime ?? 'its start'})`;
  return `${what}${since}: without one ${risk}`;
}
