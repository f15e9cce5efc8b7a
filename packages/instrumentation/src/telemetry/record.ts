/**
 * The plain values between the recorder and a telemetry back end: made once per call, already redacted (I5), flat, so
 * that one back end can build spans from them in place and another can ship them to a worker as a row of columns.
 *
 * Every field is always present (`undefined` when unknown): one object shape keeps the hot path monomorphic.
 */
import type { EntryOutcome } from '@mcp-logbook/semconv/names';
import type { AccessName, DefinitionItem, Side } from '../exchange.ts';

/** What is known of a connection, redacted and capped. A new object whenever something of it changed. */
export interface ConnectionView {
  readonly role: Side;
  readonly clientName: string | undefined;
  readonly clientVersion: string | undefined;
  readonly serverName: string | undefined;
  readonly serverVersion: string | undefined;
  readonly protocolVersion: string | undefined;
  readonly sessionId: string | undefined;
  readonly networkTransport: 'pipe' | 'tcp' | undefined;
  readonly networkProtocolName: string | undefined;
  readonly networkProtocolVersion: string | undefined;
  readonly serverAddress: string | undefined;
  readonly serverPort: number | undefined;
}

/** How often one rule fired in one direction. */
export interface RuleCount {
  readonly direction: 'request' | 'response';
  readonly rule: string;
  readonly count: number;
}

/** What a back end must know when a call begins: what samplers see, where the parent is, what is active. */
export interface CallStart {
  readonly side: Side;
  readonly method: string;
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
  /** Metric labels: the method if known, the target if registered, else `_OTHER`. */
  readonly methodLabel: string;
  readonly toolLabel: string | undefined;
  /** The carrier as the peer or the program wrote it: untrusted. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  readonly startMicros: number;
}

/** Everything telemetry says about one finished call. */
export interface CallRecord {
  readonly side: Side;
  readonly method: string;
  readonly methodLabel: string;
  readonly requestId: string | undefined;
  readonly connection: ConnectionView;
  readonly startMicros: number;
  readonly durationMicros: number;
  /** Names as asked for, redacted, at most 128 characters. */
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
  readonly toolLabel: string | undefined;
  readonly promptLabel: string | undefined;
  readonly uri: string | undefined;
  /** semconv 1.4; `undefined` = status stays unset. */
  readonly errorType: string | undefined;
  readonly statusMessage: string | undefined;
  readonly rpcCode: string | undefined;
  /** A request on the side that is entered: it has an event, and an entry if its kind has one. */
  readonly entered: boolean;
  readonly action: string | undefined;
  readonly outcome: EntryOutcome;
  readonly entryId: string | undefined;
  /** Of a call that takes several requests: the same id for all of them, and which one this is, from 1. */
  readonly roundId: string | undefined;
  readonly roundNumber: number | undefined;
  readonly enduserId: string | undefined;
  readonly enduserPseudoId: string | undefined;
  readonly oauthClientId: string | undefined;
  readonly identitySource: string | undefined;
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
  readonly requestSize: number | undefined;
  readonly responseSize: number | undefined;
  readonly redactions: readonly RuleCount[];
  readonly truncated: boolean;
  readonly failed: boolean;
  /** JSON texts, only when captured on spans. */
  readonly argumentsJson: string | undefined;
  readonly resultJson: string | undefined;
  readonly exceptionType: string | undefined;
  readonly exceptionMessage: string | undefined;
  readonly exceptionStack: string | undefined;
}

/** A session opened or closed. */
export interface SessionRecord {
  readonly state: 'opened' | 'closed';
  /** As it was when the session opened, so that the gauge goes down where it went up. */
  readonly connection: ConnectionView;
  readonly timeMicros: number;
  /** With `closed`. */
  readonly durationMicros: number | undefined;
  readonly errorType: string | undefined;
  readonly entryId: string | undefined;
  /** Whether this side's sessions are entered, and so have an event. */
  readonly entered: boolean;
}

/** An event of authentication or authorization. */
export interface AuthRecord {
  readonly event: AccessName;
  readonly side: Side;
  /** Whether this side's events are told; the metric counts all. */
  readonly entered: boolean;
  readonly outcome: EntryOutcome;
  readonly action: string;
  /** OAuth code, a word of ours, or `_OTHER`. */
  readonly reason: string | undefined;
  readonly status: number | undefined;
  readonly sessionId: string | undefined;
  readonly path: string | undefined;
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
  readonly userAgent: string | undefined;
  readonly oauthClientId: string | undefined;
  readonly enduserId: string | undefined;
  readonly enduserPseudoId: string | undefined;
  readonly entryId: string | undefined;
  readonly timeMicros: number;
}

/** A published checkpoint: its signed note. */
export interface CheckpointRecord {
  readonly note: string;
  readonly size: number;
  readonly origin: string;
  readonly timeMicros: number;
}

/** A definition that a server offers otherwise than before. */
export interface ConfigRecord {
  readonly item: DefinitionItem;
  readonly change: 'added' | 'removed' | 'altered';
  /** As registered, redacted; `_OTHER` for all beyond what one list tells one by one. */
  readonly name: string;
  /** `sha256:<hex>`; absent of what is gone. */
  readonly digest?: string;
  readonly previousDigest?: string;
  readonly entryId: string | undefined;
  readonly timeMicros: number;
}

/** A place where a log is not what was signed. */
export interface IntegrityRecord {
  readonly origin: string;
  /** What failed, low cardinality: `root`, `seals`, `signature`, `line`, `shrunk`. */
  readonly check: string;
  readonly message: string;
  /** Name within the log's folder. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly timeMicros: number;
}

/** A log record as plain values, before a back end adds the span's context. */
export interface EventData {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly timeMicros: number;
  readonly attributes: AttributeMap;
  readonly body?: string;
}

/** Attribute values as the API takes them; nested only where content is captured. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** Attributes under construction. */
export type AttributeMap = Record<string, AttributeValue>;

/** Metric labels: only flat text and numbers. */
export type Labels = Readonly<Record<string, string | number>>;
