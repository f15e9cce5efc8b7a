/** A call between its beginning and its end: what `begin` found out and `end` needs. */
import type { CallKind } from '@mcp-logbook/semconv/names';
import type { SecretMemory } from '@mcp-logbook/redaction';
import type { Exchange } from '../exchange.ts';
import type { OpenCall } from '../ports.ts';
import type { OpenSpan } from '../telemetry/backend.ts';
import type { CaptureLevel } from './capture.ts';
import type { Round } from './rounds.ts';
import type { Content, Tally } from './scrub.ts';

/** What a peer asked for, redacted and capped, and the bounded label of it. */
export interface Target {
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
  readonly uri: string | undefined;
  readonly toolLabel: string | undefined;
  readonly promptLabel: string | undefined;
  /** Leaf target: registered name or `_OTHER`; absent where the kind has none. */
  readonly leaf: string | undefined;
}

/** What the call becomes in the log. */
export interface Entered {
  readonly kind: CallKind;
  readonly action: string;
}

/** See the file's header. */
export interface Call extends OpenCall {
  readonly admitted: boolean;
  readonly exchange: Exchange;
  readonly method: string;
  readonly methodLabel: string;
  readonly target: Target;
  /** A request on a side that is entered. */
  readonly entered: boolean;
  /** Only where the log wants an entry of it. */
  readonly entry: Entered | undefined;
  readonly logLevel: CaptureLevel;
  readonly spanLevel: CaptureLevel;
  readonly startMicros: number;
  readonly secrets: SecretMemory | undefined;
  readonly tally: Tally;
  readonly request: Content | undefined;
  readonly span: OpenSpan | undefined;
  /** Id of the request entry, in mode `strict`. */
  readonly requestEntryId: string | undefined;
  /** Which round of which call it is: known of a retry at its beginning, of a first round when it asks for more. */
  round: Round | undefined;
  ended: boolean;
}
