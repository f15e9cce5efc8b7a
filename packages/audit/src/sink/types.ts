/**
 * What the parts of the sink hand to each other: `wire` decodes bodies into records, `http` takes them in, `store`
 * enters them in the central log (audit.md 5). Nothing here is trusted but the leaf's own bytes.
 */

/** One LogRecord of the audit port, whichever encoding it came in. */
export interface WireRecord {
  /** `EventName`; ours is `mcp_logbook.audit`. */
  readonly eventName: string;
  /** Unix nanoseconds; 0 when the record has none. */
  readonly timeUnixNano: bigint;
  /** The body when it is a string: the exact leaf line, or the signed note of a checkpoint. */
  readonly body: string | undefined;
  /** `mcp_logbook.kind`: routing only, tells a leaf from a checkpoint. */
  readonly kind: string | undefined;
  /** `mcp_logbook.payload.sealed`: salt and payload, sealed to the sink (hpke.ts says how). */
  readonly sealed: string | undefined;
  /** `mcp_logbook.payload`: base64url salt, `.`, payload as JSON text. */
  readonly clear: string | undefined;
}

/** One span of `/v1/traces` whose kind is SERVER and that has `mcp.method.name`. */
export interface WireSpan {
  /** 32 and 16 hex digits. */
  readonly trace: string;
  readonly span: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly isError: boolean;
  /** String, number and boolean attributes as text; others are left out. */
  readonly attributes: ReadonlyMap<string, string>;
  /** `service.name` of its resource. */
  readonly service: string;
}

/** What became of the records of one body. Every record is counted once. */
export interface Taken {
  readonly stored: number;
  /** Same id, same leaf: had been stored before. */
  readonly duplicate: number;
  /** Same id, other leaf: kept as `id.conflict`. */
  readonly conflict: number;
  readonly quarantined: number;
}

/** Why nothing of a body was taken: the sender must come again. */
export class SinkBusy extends Error {
  readonly retryAfterSeconds: number;
  readonly reason: 'overload' | 'disk' | 'lock' | 'rebuilding' | 'closing';

  constructor(reason: SinkBusy['reason'], retryAfterSeconds: number, cause?: unknown) {
    super(`the sink cannot store now: ${reason}`, { cause });
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A stored leaf and where it is. */
export interface StoredLeaf {
  /** The exact leaf line. */
  readonly leaf: string;
  readonly index: number;
}

/** A stream's missing numbers, both ends included. */
export interface StreamGap {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
  /** Unix milliseconds when it was first seen. */
  readonly sinceMs: number;
}

/** The central log as `http` sees it. */
export interface SinkStore {
  /** Resolves once every record is durable (fsynced) or quarantined. @throws SinkBusy nothing was taken */
  takeRecords(records: readonly WireRecord[]): Promise<Taken>;
  /** Entries made from spans of other instrumentations; idempotent on trace and span id. @throws SinkBusy */
  takeSpans(spans: readonly WireSpan[]): Promise<Taken>;
  /** A body that could not be read: kept in a file under `quarantine/`, entered with its digest. @throws SinkBusy */
  quarantineBody(body: AsyncIterable<Uint8Array> | Uint8Array, reason: string): Promise<void>;
  /** By id, or undefined. */
  find(id: string): StoredLeaf | undefined;
  /** Leaf hashes of the range, for proofs and tiles; the store keeps or reads them. */
  leafHashes(first: number, count: number): readonly Uint8Array[];
  /** Leaf lines of the range, for entry bundles. */
  leafLines(first: number, count: number): readonly string[];
  /** The latest published checkpoint: signed note, tree size. */
  checkpoint(): { readonly note: string; readonly size: number };
  /** Checkpoints of a log that are kept here, newest first: its own latest, or those that a producer sent. */
  checkpointsOf(origin: string): readonly string[];
  /** Folder of the log. */
  readonly folder: string;
  readonly origin: string;
  /** C2SP vkey of the log. */
  readonly vkey: string;
  /** Public sealing key (X25519, base64url). */
  readonly recipient: string;
  gaps(): readonly StreamGap[];
  /** Not ready while ids are rebuilt or the disk refuses. */
  readiness(): { readonly ready: boolean; readonly reason?: string };
  close(): Promise<void>;
}

/** Told what happens; never throws into the sink. The owner turns it into metrics (semconv 7.3). */
export interface SinkObserver {
  records(
    result: 'stored' | 'duplicate' | 'conflict' | 'quarantined' | 'refused',
    count: number,
  ): void;
  /** Body read to answer sent, seconds. */
  acknowledged(seconds: number): void;
  /** Event time to durable, seconds. */
  delay(seconds: number): void;
  gaps(stream: string, count: number): void;
  log(size: number, bytes: number, checkpointAgeSeconds: number): void;
  /** Erasures in the log: asked for (at a start: under way), and how they ended. */
  erasures(state: 'requested' | 'denied' | 'completed', count: number): void;
  /** Holds in force in the log. */
  holds(count: number): void;
  /** The payloads of one class and month have expired. */
  expired(retentionClass: string): void;
  problem(error: Error): void;
}
