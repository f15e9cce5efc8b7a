/**
 * Brings the index to the end of the log by reading what is behind it: after a kill, after entries the log made by itself
 * (`log.started`, `segment.closed`), and all of it when there is no index (I4).
 */
import { scanEntries, type LogCursor } from '../../entries.ts';
import { leafHash, sha256 } from '../../hash.ts';
import { KEY_ROTATED } from '../../key-chain.ts';
import type { Keyring } from '../../keyring.ts';
import type { Leaf } from '../../leaf.ts';
import { readLeaf, unseal } from '../../log-index.ts';
import { conflictDigest } from './group.ts';
import { idBytes } from './prepare.ts';
import type { SinkIndex } from './sink-index.ts';
import { Streams } from './streams.ts';

export interface CatchUpContext {
  readonly folder: string;
  readonly origin: string;
  readonly keyring: Keyring;
  readonly index: SinkIndex;
  readonly nowMs: number;
}

/** Leaves of one step: about 20 ms. */
const STEP = 1000;

/**
 * Reads up to 1,000 leaves behind the index.
 * @returns false when it has reached the end of what is written
 */
export function catchUpStep(context: CatchUpContext): boolean {
  const { folder, index } = context;
  const hashes: Buffer[] = [];
  const places: { index: number; segment: string; offset: number }[] = [];
  const streams = new Streams(index, context.nowMs, () => undefined);
  let behind: LogCursor | undefined;
  index.begin();
  try {
    const end = scanEntries(folder, index.cursor, (place, leafText, sealText) => {
      take(context, streams, place.index, leafText, sealText);
      hashes.push(leafHash(Buffer.from(leafText)));
      places.push(place);
      if (hashes.length < STEP) return true;
      const { segment, offset, line, leafBytes, sealBytes } = place;
      const next = offset + leafBytes + sealBytes + 2;
      behind = { segment, offset: next, line: line + 2, index: place.index + 1 };
      return false;
    });
    streams.finish();
    index.commit(Buffer.concat(hashes), places, behind ?? end);
  } catch (error) {
    index.rollback();
    throw error;
  }
  return behind !== undefined;
}

function take(
  { origin, keyring, index }: CatchUpContext,
  streams: Streams,
  at: number,
  leafText: string,
  sealText: string,
): void {
  const leaf = readLeaf(leafText);
  // A damaged line keeps its place: `verify` says so, and the next leaves keep theirs.
  if (leaf === undefined) return;
  index.add(idBytes(leaf.id), at);
  const payload = (): Record<string, unknown> =>
    Object(unseal(keyring, leaf, leafText, sealText).payload);
  if (leaf.stream !== origin) {
    streams.take(leaf.stream, leaf.seq, leaf.kind, leaf.target);
    if (leaf.kind === 'log.genesis') pin(streams, leaf.stream, payload()['vkey']);
    if (leaf.kind === KEY_ROTATED) streams.rotate(leaf);
    return;
  }
  takeOwn(leaf, index, streams, payload);
}

/** What the sink's own entries remember (group.ts). */
function takeOwn(
  { kind, target = '' }: Leaf,
  index: SinkIndex,
  streams: Streams,
  payload: () => Record<string, unknown>,
): void {
  switch (kind) {
    case 'id.conflict': {
      const [, id, hash] = /^(\S+) sha256:([0-9a-f]{64})$/.exec(target) ?? [];
      if (id !== undefined && hash !== undefined)
        index.addSeen(conflictDigest(id, Buffer.from(hash, 'hex')));
      break;
    }
    case 'producer.gap': {
      const [, stream, first, last] = /^(\S+) (\d+)-(\d+)$/.exec(target) ?? [];
      streams.settle();
      if (stream !== undefined) index.setEntered(stream, Number(first), Number(last));
      break;
    }
    case 'checkpoint.observed': {
      const { note, vkey } = payload();
      const [stream = '', size] = target.split(' ');
      if (typeof note === 'string') index.addSeen(sha256(note));
      if (typeof note === 'string' && typeof vkey === 'string')
        index.addObserved(stream, Number(size), note);
      // Of the stream's first key, or the one that a rotation brings in.
      pin(streams, stream, vkey);
      if (typeof note === 'string') streams.judge(stream, Number(size), note);
      break;
    }
    case 'record.quarantined': {
      const { records } = payload();
      const digests: unknown[] = Array.isArray(records) ? records : [];
      for (const digest of digests)
        if (typeof digest === 'string') index.addSeen(Buffer.from(digest, 'base64url'));
      if (digests.length === 0) index.addSeen(Buffer.from(target.slice('sha256:'.length), 'hex'));
      break;
    }
    default:
  }
}

function pin(streams: Streams, stream: string, vkey: unknown): void {
  // The log holds only what was found right when it came.
  if (typeof vkey === 'string') streams.pin(stream, vkey);
}
