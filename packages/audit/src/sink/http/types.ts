/** What the sink's front door is told, and what it tells. */
import type { SinkObserver, WireRecord, WireSpan } from '../types.ts';

/** The two encodings of OTLP/HTTP. */
export type WireEncoding = 'proto' | 'json';

/** Turns a body into records. Both throw on anything they cannot read; the body is then quarantined. */
export interface SinkDecoders {
  logs(body: Uint8Array, encoding: WireEncoding): readonly WireRecord[];
  spans(body: Uint8Array, encoding: WireEncoding): readonly WireSpan[];
}

/** Where a request without right credentials wanted to go; bounded, since it becomes a metric label. */
export type GuardedPath = '/v1/logs' | '/v1/traces' | 'read' | 'admin';

/** The observer of the whole sink: the store's half and the front door's. */
export interface SinkHttpObserver extends SinkObserver {
  /** A request with wrong or missing credentials was sent away. */
  unauthorized(path: GuardedPath): void;
  /** The sink has just stored something, or is idle and able to; unix seconds. */
  heartbeat(unixSeconds: number): void;
}

/** Bounds of the front door. Sizes in bytes, times in milliseconds. */
export interface SinkLimits {
  /** Largest body that is decoded, as received and again after decompression; a larger one is quarantined. */
  readonly bodyBytes: number;
  /** Of a quarantined body this much is kept. */
  readonly quarantineBytes: number;
  /** Bodies being read, decoded and stored, together; above it 503 before reading (I10). */
  readonly inFlightBytes: number;
  /** Of one credential from one address, sustained; twice as many at once. Above it 429. */
  readonly requestsPerSecond: number;
  readonly connections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long `close` waits for requests under way. */
  readonly closeTimeoutMs: number;
}

const MIB = 2 ** 20;

export const DEFAULT_SINK_LIMITS: SinkLimits = {
  bodyBytes: 16 * MIB,
  quarantineBytes: 64 * MIB,
  inFlightBytes: 20 * MIB,
  requestsPerSecond: 1_000,
  connections: 1_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  closeTimeoutMs: 10_000,
};
