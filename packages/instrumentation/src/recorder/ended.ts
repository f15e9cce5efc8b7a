/**
 * A call that has ended: what was judged of it once, and the one `CallRecord` that telemetry gets of it. The entry and
 * the record are made from the same redacted values, so they can never disagree.
 */
import { entryKindOf } from '@mcp-logbook/semconv/names';
import type { Outcome, Side } from '../exchange.ts';
import type { CallRecord } from '../telemetry/record.ts';
import type { Call } from './open-call.ts';
import type { Identity } from './person.ts';
import type { Content, Scrubber } from './scrub.ts';
import { describeThrown, read } from './thrown.ts';
import type { Verdict } from './verdict.ts';
import type { Seen } from './view.ts';

const MAX_STACK = 8_192;
/** Longest message of a JSON-RPC error, exception or cancellation. */
export const MAX_MESSAGE = 1_024;

/** See the file's header. All texts are redacted, but for what `outcome` still holds. */
export interface Ended {
  readonly call: Call;
  readonly outcome: Outcome;
  readonly durationMicros: number;
  readonly result: Content | undefined;
  readonly verdict: Verdict;
  /** Message of a JSON-RPC error. */
  readonly message: string | undefined;
  /** `error.type` as a label. */
  readonly errorType: string | undefined;
  readonly identity: Identity;
  readonly seen: Seen;
}

/** What telemetry says of the call. */
export function callRecord(ended: Ended, entryId: string | undefined, scrub: Scrubber): CallRecord {
  const { call, outcome, result, verdict, identity, seen } = ended;
  const { exchange, target, tally, secrets } = call;
  const keepsArguments = call.spanLevel === 'arguments' || call.spanLevel === 'full';
  // First: what it redacts counts too.
  const thrown = describeThrown(thrownOf(exchange.side, outcome));
  const exceptionMessage = scrub.text(thrown?.message, MAX_MESSAGE, secrets, tally);
  const exceptionStack = scrub.text(thrown?.stack, MAX_STACK, secrets, tally);
  return {
    side: exchange.side,
    method: call.method,
    methodLabel: call.methodLabel,
    requestId: scrub.name(exchange.requestId),
    connection: seen.view,
    startMicros: call.startMicros,
    durationMicros: ended.durationMicros,
    tool: target.tool,
    prompt: target.prompt,
    toolLabel: target.toolLabel,
    promptLabel: target.promptLabel,
    uri: target.uri,
    errorType: ended.errorType,
    statusMessage: verdict.described ? ended.message : undefined,
    rpcCode: verdict.rpcCode,
    entered: call.entered,
    action: call.entry?.action ?? entryKindOf(call.method)?.action,
    outcome: verdict.outcome,
    roundId: call.round?.id,
    roundNumber: call.round?.number,
    entryId,
    enduserId: identity.enduserId,
    enduserPseudoId: identity.enduserPseudoId,
    oauthClientId: identity.clientId,
    identitySource: call.entered ? identity.source : undefined,
    peerAddress: scrub.name(exchange.peer?.address),
    peerPort: exchange.peer?.port,
    requestSize: call.request?.sizeBytes,
    responseSize: result?.sizeBytes,
    redactions: tally.counts,
    truncated: tally.truncated,
    failed: tally.failed,
    argumentsJson: keepsArguments ? argumentsJson(call.request) : undefined,
    resultJson: call.spanLevel === 'full' ? result?.json.slice(0, MAX_STACK) : undefined,
    exceptionType: scrub.name(thrown?.type),
    exceptionMessage,
    exceptionStack,
  };
}

/** What was thrown, where a thrown value means that a handler failed. */
function thrownOf(side: Side, outcome: Outcome): unknown {
  if (outcome.type === 'result' || outcome.type === 'error') return outcome.thrown;
  return outcome.type === 'failed' && side === 'server' ? outcome.error : undefined;
}

/** JSON of the `arguments` inside redacted params. */
function argumentsJson(request: Content | undefined): string | undefined {
  const value = read(request?.value, 'arguments');
  return value === undefined ? undefined : JSON.stringify(value);
}
