/**
 * What becomes of the items of one group, decided against the index inside its transaction: stored, had before, kept as
 * a conflict, refused. Gives the entries that the log takes, and what to tell each waiter once they are on disk.
 *
 * Entries the sink makes (all of its own stream, sealed for the system subject but for conflicts, which are about a person):
 *   id.conflict         target `<id> sha256:<leaf hash, hex>`; payload: the other leaf and what came with it
 *   checkpoint.observed target `<origin> <size>`; payload: note, and the key it was checked with. Outcome `unknown`
 *                       when the stream has no pinned key yet
 *   producer.gap        target `<stream> <first>-<last>`: numbers that did not come for 10 minutes. When they come after
 *                       all, they are in the log themselves and the gauge goes down
 *   record.quarantined  target `sha256:<content, hex>`; payload: file and reasons (quarantine.ts)
 */
import { controlEntry } from '../../control.ts';
import type { AuditEntry } from '../../entry.ts';
import { sha256 } from '../../hash.ts';
import { KEY_ROTATED } from '../../key-chain.ts';
import type { Foreign } from '../../queue.ts';
import { MAX_PAYLOAD_BYTES, SALT_BYTES } from '../../seal.ts';
import type { Taken, WireRecord } from '../types.ts';
import { idBytes, type CheckpointItem, type LeafItem } from './prepare.ts';
import type { Kept } from './quarantine.ts';
import type { MissingRange, SinkIndex } from './sink-index.ts';
import { Streams, vkeyOf } from './streams.ts';

/** An entry made of a span. */
export interface SpanItem {
  readonly type: 'span';
  readonly entry: AuditEntry;
}

/** Numbers that an entry shall name as missing, if they still are. */
export interface GapItem {
  readonly type: 'gap';
  readonly range: MissingRange;
}

/** Records that were put into a file of `quarantine/`; none for a whole body. */
export interface KeptItem {
  readonly type: 'kept';
  readonly kept: Kept;
  readonly reasons: Readonly<Record<string, number>>;
  /** SHA-256 of each record's line. */
  readonly digests: readonly Buffer[];
}

export type Item = LeafItem | CheckpointItem | SpanItem | GapItem | KeptItem;

/** The result of one item. */
export type Results = { -readonly [K in keyof Taken]: number };

export function noResults(): Results {
  return { stored: 0, duplicate: 0, conflict: 0, quarantined: 0 };
}

export interface GroupContext {
  readonly index: SinkIndex;
  /** Index of the group's first entry. */
  readonly first: number;
  /** Unix microseconds. */
  readonly now: number;
  /** Keeps a record that turned out not to be welcome. */
  readonly keep: (record: WireRecord) => { readonly kept: Kept; readonly digest: Buffer };
  readonly problem: (what: string, message: string) => void;
}

/** One group under construction. Throws nothing of its own: what the index or the disk throws ends the group. */
export class Group {
  readonly entries: (AuditEntry | Foreign)[] = [];
  /** Times of the leaves that are stored, Unix microseconds. */
  readonly times: number[] = [];
  readonly #context: GroupContext;
  /** Hashes of the leaves of this group that are known before the log made them, by place. */
  readonly #hashes = new Map<number, Buffer>();
  readonly #streams: Streams;

  constructor(context: GroupContext) {
    this.#context = context;
    this.#streams = new Streams(
      context.index,
      Math.floor(context.now / 1000),
      (stream, first, last) => {
        const which = first === last ? `number ${first}` : `some of ${first} to ${last}`;
        context.problem('sequence', `stream "${stream}": ${which} came before, with another id`);
      },
    );
  }

  /** Decides one item, and counts it. */
  add(item: Item, results: Results): void {
    switch (item.type) {
      case 'leaf':
        results[this.#leaf(item)] += 1;
        break;
      case 'checkpoint':
        results[this.#checkpoint(item)] += 1;
        break;
      case 'span':
        results[this.#own(item.entry) ? 'stored' : 'duplicate'] += 1;
        break;
      case 'kept':
        this.#kept(item, results);
        break;
      case 'gap':
        this.#gap(item.range);
        break;
    }
  }

  /** Writes what changed of the streams into the transaction. */
  finish(): void {
    this.#streams.finish();
  }

  #leaf(item: LeafItem): keyof Taken {
    const { index } = this.#context;
    const { leaf, id } = item;
    const at = this.#context.first + this.entries.length;
    if (!index.add(id, at)) return this.#known(item);
    if (leaf.kind === 'log.genesis' && item.plain !== undefined) {
      const vkey = vkeyOf(item.plain);
      const wrong = vkey === undefined ? undefined : this.#streams.pin(leaf.stream, vkey);
      if (wrong !== undefined) {
        index.remove(id);
        return this.#refuse(item.record, wrong);
      }
    }
    const { stream, seq } = leaf;
    this.#streams.take(stream, seq, leaf.kind, leaf.target);
    if (leaf.kind === KEY_ROTATED) this.#streams.rotate(leaf);
    this.#hashes.set(at, item.hash);
    this.times.push(item.timeMicros);
    const { line, hash, month, person, plain } = item;
    this.entries.push({ line, hash, class: leaf.class, month, person, plain });
    return 'stored';
  }

  /** An id that is there: the same leaf, or another one. */
  #known(item: LeafItem): keyof Taken {
    const { index, now, problem } = this.#context;
    const at = index.indexOf(item.id) ?? 0;
    const stored = this.#hashes.get(at) ?? index.hashes(at, 1);
    if (stored.equals(item.hash)) return 'duplicate';
    if (!index.addSeen(conflictDigest(item.leaf.id, item.hash))) return 'duplicate';
    const { leaf, plain, person } = item;
    problem('id.conflict', `stream "${leaf.stream}": two different leaves have id ${leaf.id}`);
    const payload: Record<string, unknown> = {
      ...(person === undefined ? {} : { person }),
      id: leaf.id,
      index: at,
      leaf: item.line.toString(),
    };
    const whole = {
      ...payload,
      ...(plain === undefined
        ? {}
        : {
            salt: plain.toString('base64url', 0, SALT_BYTES),
            payload: plain.toString('utf8', SALT_BYTES),
          }),
    };
    const fits = Buffer.byteLength(JSON.stringify(whole)) <= MAX_PAYLOAD_BYTES;
    const entry = controlEntry(
      {
        kind: 'id.conflict',
        action: 'keep',
        outcome: 'failure',
        target: `${leaf.id} sha256:${item.hash.toString('hex')}`,
        payload: fits ? whole : { ...payload, ...this.#keptFile(item.record) },
      },
      now,
    );
    this.#own(person === undefined ? entry : { ...entry, person });
    return 'conflict';
  }

  #checkpoint(item: CheckpointItem): keyof Taken {
    const { index, now } = this.#context;
    const { note, origin, size, record } = item;
    const { vkey, wrong } = this.#streams.judge(origin, size, note);
    if (wrong !== undefined) return this.#refuse(record, wrong);
    if (!index.addSeen(sha256(note))) return 'duplicate';
    if (vkey !== undefined) index.addObserved(origin, size, note);
    const entry = controlEntry(
      {
        kind: 'checkpoint.observed',
        action: 'observe',
        outcome: vkey === undefined ? 'unknown' : 'success',
        target: `${origin} ${size}`,
        payload: { note, ...(vkey === undefined ? {} : { vkey }) },
      },
      now,
    );
    this.#own(entry);
    return 'stored';
  }

  #kept({ kept, reasons, digests }: KeptItem, results: Results): void {
    const { index } = this.#context;
    const fresh = digests.filter((digest) => index.addSeen(digest)).length;
    results.quarantined += fresh;
    results.duplicate += digests.length - fresh;
    // A whole body that came again has the same file.
    if (fresh > 0 || (digests.length === 0 && index.addSeen(kept.digest)))
      this.#quarantined(kept, reasons, digests);
  }

  #gap({ stream, first, last, sinceMs }: MissingRange): void {
    const { index, now } = this.#context;
    this.#streams.settle();
    if (!index.setEntered(stream, first, last)) return;
    const since = new Date(sinceMs).toISOString();
    const entry = controlEntry(
      {
        kind: 'producer.gap',
        action: 'miss',
        outcome: 'failure',
        target: `${stream} ${first}-${last}`,
        payload: { stream, first, last, since },
      },
      now,
    );
    this.#own(entry);
  }

  /** A record that is well-formed and not welcome. */
  #refuse(record: WireRecord, reason: string): keyof Taken {
    const { index, keep, problem } = this.#context;
    const { kept, digest } = keep(record);
    problem('quarantine', `a record was put into quarantine: ${reason}`);
    if (!index.addSeen(digest)) return 'duplicate';
    this.#quarantined(kept, { [reason]: 1 }, [digest]);
    return 'quarantined';
  }

  #quarantined(
    { file, digest, bytes }: Kept,
    reasons: Readonly<Record<string, number>>,
    digests: readonly Buffer[],
  ): void {
    const entry = controlEntry(
      {
        kind: 'record.quarantined',
        action: 'quarantine',
        outcome: 'failure',
        target: `sha256:${digest.toString('hex')}`,
        payload: {
          file,
          bytes,
          reasons,
          records: digests.map((each) => each.toString('base64url')),
        },
      },
      this.#context.now,
    );
    this.#own(entry);
  }

  #keptFile(record: WireRecord): { readonly file: string; readonly sha256: string } {
    const { kept } = this.#context.keep(record);
    return { file: kept.file, sha256: kept.digest.toString('hex') };
  }

  /** @returns false when its id is there already */
  #own(entry: AuditEntry): boolean {
    const { index, first } = this.#context;
    if (!index.add(idBytes(entry.id), first + this.entries.length)) return false;
    this.entries.push(entry);
    return true;
  }
}

/** What is remembered of a conflict: the same one sent again is a duplicate. */
export function conflictDigest(id: string, leafHash: Uint8Array): Buffer {
  return sha256(Buffer.concat([idBytes(id), leafHash]));
}
