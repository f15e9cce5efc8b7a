/**
 * The interfaces on either side of the recorder. The recorder is the one funnel: adapters call `RecorderPort`,
 * the recorder calls `AuditPort` (the logbook) and a telemetry back end (`rows` or `api`). This package knows the
 * logbook only by `AuditPort`, so tracing never installs the log (design: arrows point down only).
 */
import type {
  AccessEvent,
  Connection,
  DefinitionItem,
  Exchange,
  Outcome,
  Side,
} from './exchange.ts';

export type { Connection } from './exchange.ts';

/** What the recorder hands to the logbook. Every text in it is already redacted (I5). */
export interface AuditEntry {
  /** UUID v7, made by the caller: idempotency key, and `mcp_logbook.entry.id` of the span. */
  readonly id: string;
  /** Unix time of the occurrence in whole microseconds. */
  readonly timeMicros: number;
  /** One of the kinds of audit.md 1, e.g. `tool.call`. */
  readonly kind: string;
  readonly action: string;
  readonly outcome: 'success' | 'failure' | 'denied' | 'unknown';
  /** Registered name or `_OTHER`; never free text. */
  readonly target?: string;
  readonly side?: Side;
  /** Only in mode `strict`. */
  readonly phase?: 'request' | 'result';
  /** Id of the request entry, with phase `result`. */
  readonly ref?: string;
  readonly durationMicros?: number;
  /** Low-cardinality `error.type`. */
  readonly error?: string;
  /** `iss|sub`; absent = nobody known. The log maps it to a pseudonym and seals under this person's key. */
  readonly person?: string;
  /** True where a person could have been known and was not: the leaf says `anonymous`. */
  readonly anonymous?: boolean;
  /** Lower-case hex. */
  readonly trace?: string;
  readonly span?: string;
  /** Redaction rule-set version. */
  readonly rules?: string;
  /** Retention class; the log has a default. */
  readonly class?: string;
  /** JSON text of one object: the sensitive part. Cut at 256 KiB by the log, with a mark. */
  readonly payload: string;
}

/** The logbook as instrumentation sees it. No method throws. */
export interface AuditPort {
  readonly mode: 'off' | 'best-effort' | 'blocking' | 'strict';
  /**
   * Enters one entry, as durably as the mode promises (audit.md 3), before it returns.
   * @returns false when the entry could not be written; in `strict` the caller must then refuse the call.
   */
  append(entry: AuditEntry): boolean;
  /** Where what servers offered last is kept, a text of a few KiB; without it nothing is known from before. */
  readonly definitions?: {
    read(): string | undefined;
    write(text: string): void;
  };
}

/** A call that has begun. Opaque to adapters, but for what they must act on. */
export interface OpenCall {
  /** False: mode `strict` could not write the request entry. The handler must not run; answer -32603. */
  readonly admitted: boolean;
}

/** The recorder as adapters see it. No method throws, none blocks longer than the log's mode says. */
export interface RecorderPort {
  /** Mode `strict`: calls may be refused, so that taps hold lines back until they were looked at. */
  readonly strict?: boolean;
  /** Starts the call's span and, in `strict`, writes its request entry. */
  begin(exchange: Exchange): OpenCall;
  /** The call whose handler is running in the current asynchronous context. */
  current(): OpenCall | undefined;
  /** Runs `fn` inside the span's context; what `fn` returns or throws passes through untouched (I8). */
  run<T>(call: OpenCall, fn: () => T): T;
  /**
   * The `_meta` to send: a copy of `meta` with our span's `traceparent`, `tracestate`, `baggage` in it.
   * Keys of others stay.
   */
  inject(
    call: OpenCall,
    meta: Readonly<Record<string, unknown>> | undefined,
  ): Record<string, unknown>;
  /**
   * Ends the call once; later calls do nothing. Span, event, metrics and entry are made here.
   * @returns false when mode `strict` could not write the result entry: answer -32603 instead.
   */
  end(call: OpenCall, outcome: Outcome): boolean;
  /** Takes back a call that somebody else turned out to record: no span, event, duration or entry is made of it. */
  forget?(call: OpenCall): void;
  /** A connection was opened (after the handshake, or at first use) or closed. */
  session(connection: Connection, state: 'opened' | 'closed', errorType?: string): void;
  /** Something happened at the gate: a login, a refusal, a token. */
  access(event: AccessEvent): void;
  /** A whole list of what a server offers passed, as it was sent. */
  listed(connection: Connection, item: DefinitionItem, list: readonly object[]): void;
  /** Ends everything still open with `failed` / `errorType`: called once at exit. */
  endAll(errorType: string): void;
}
