/**
 * The entries of a call: in `strict` the one before its handler may run, the one of its end, and one for each question
 * that a server asked within a result (2026-07-28). Made from redacted values only (I5).
 */
import { entryKindOf } from '@mcp-logbook/semconv/names';
import type { CallKind } from '@mcp-logbook/semconv/names';
import type { AuditEntry } from '../ports.ts';
import { MAX_MESSAGE } from './ended.ts';
import type { Ended } from './ended.ts';
import type { Call } from './open-call.ts';
import { payloadJson } from './payload.ts';
import type { PayloadParts } from './payload.ts';
import { peerJson } from './person.ts';
import type { Identities, Identity } from './person.ts';
import type { Asked } from './rounds.ts';
import type { Shared } from './shared.ts';
import { NO_TARGET } from './target.ts';
import { describeThrown } from './thrown.ts';
import { entryError } from './verdict.ts';
import type { Seen, Views } from './view.ts';

/** Kinds that in `strict` have an entry before the handler runs (audit.md 3). */
const STRICT_KINDS: ReadonlySet<CallKind> = new Set([
  'tool.call',
  'resource.read',
  'prompt.get',
  'sampling',
  'elicitation',
]);
const NO_TRACE = '0'.repeat(32);

type End = Pick<AuditEntry, 'outcome' | 'durationMicros'> & { readonly error?: string | undefined };

type EndParts = Pick<PayloadParts, 'result' | 'errorJson' | 'reason'>;
const NO_END: EndParts = { result: undefined, errorJson: undefined, reason: undefined };

/** See the file's header. */
export class Entries {
  readonly #shared: Shared;
  readonly #views: Views;
  readonly #identities: Identities;

  constructor(shared: Shared, views: Views, identities: Identities) {
    this.#shared = shared;
    this.#views = views;
    this.#identities = identities;
  }

  /** In `strict`: the request entry, durable before the handler may run. */
  admit(draft: Call): Call {
    const { entry } = draft;
    if (entry === undefined || this.#shared.audit?.mode !== 'strict') return draft;
    if (!STRICT_KINDS.has(entry.kind)) return draft;
    const asked = this.#entry(draft, payloadJson(this.#parts(draft)), { outcome: 'unknown' });
    const admitted = this.#append({ ...asked, phase: 'request' });
    return { ...draft, admitted, requestEntryId: admitted ? asked.id : undefined };
  }

  /**
   * The entry of a call's end.
   * @returns whether it is written, and its id; nothing is to be written of a call that was not admitted
   */
  end(ended: Ended): { readonly written: boolean; readonly id: string | undefined } {
    const { call, outcome, verdict, durationMicros, errorType, result } = ended;
    if (call.entry === undefined || !call.admitted) return { written: true, id: undefined };
    const parts = this.#parts(call, ended.identity, ended.seen, {
      result,
      errorJson: this.#errorJson(ended),
      reason:
        outcome.type === 'cancelled'
          ? this.#shared.scrub.text(outcome.reason, MAX_MESSAGE, call.secrets, call.tally)
          : undefined,
    });
    const payload = payloadJson(parts);
    const entry = this.#entry(call, payload, {
      outcome: verdict.outcome,
      durationMicros,
      error: errorType ?? entryError(verdict, outcome),
    });
    const written = this.#append(entry);
    return { written, id: written ? entry.id : undefined };
  }

  /** What a server asked within its result and the client answered: an entry, as if it had been a request. */
  answer(call: Call, asked: Asked, answer: unknown): void {
    const { guard, scrub } = this.#shared;
    const entered = entryKindOf(asked.method);
    if (call.entry === undefined || entered === undefined) return;
    guard('record', undefined, () => {
      const payload = payloadJson({
        ...this.#parts(call),
        method: asked.method,
        uri: undefined,
        request: { value: undefined, json: asked.request, sizeBytes: undefined },
        result: scrub.content(answer, 'response', undefined, call.secrets, call.tally),
      });
      const own = { ...call, entry: entered, target: NO_TARGET, requestEntryId: undefined };
      this.#append(this.#entry(own, payload, { outcome: 'success' }));
    });
  }

  #append(entry: AuditEntry): boolean {
    const { audit, guard } = this.#shared;
    return guard('log', false, () => audit?.append(entry) ?? true);
  }

  #entry(call: Call, payload: string, end: End): AuditEntry {
    const { exchange, entry, span } = call;
    const timeMicros = call.startMicros + (end.durationMicros ?? 0);
    const person = this.#identities.of(exchange.person, exchange.clientId).key;
    const traced = span !== undefined && span.traceId !== NO_TRACE;
    return {
      id: this.#shared.ids.uuidV7(Math.floor(timeMicros / 1000)),
      timeMicros,
      kind: entry?.kind ?? 'tool.call',
      action: entry?.action ?? 'execute',
      outcome: end.outcome,
      ...(call.target.leaf !== undefined && { target: call.target.leaf }),
      side: exchange.connection.role,
      ...(call.requestEntryId !== undefined && {
        phase: 'result' as const,
        ref: call.requestEntryId,
      }),
      ...(end.durationMicros !== undefined && { durationMicros: end.durationMicros }),
      ...(end.error !== undefined && { error: end.error }),
      ...(person !== undefined ? { person } : exchange.peer !== undefined && { anonymous: true }),
      ...(traced && { trace: span.traceId, span: span.spanId }),
      rules: this.#shared.scrub.rules,
      payload,
    };
  }

  /** What is known of a call; without `end`, what is known from its beginning. */
  #parts(
    call: Call,
    identity: Identity = this.#identities.of(call.exchange.person, call.exchange.clientId),
    seen: Seen = this.#views.of(call.exchange.connection),
    { result, errorJson, reason }: EndParts = NO_END,
  ): PayloadParts {
    const { scrub } = this.#shared;
    const { exchange } = call;
    return {
      person: identity.key,
      identityJson: identity.json,
      connectionMembers: seen.payload,
      peerJson: peerJson(exchange.peer, scrub),
      method: call.method,
      requestId: scrub.name(exchange.requestId),
      uri: call.target.uri,
      round: call.round,
      level: call.logLevel,
      request: call.request,
      result,
      errorJson,
      reason,
    };
  }

  #errorJson({ call, outcome, message, errorType }: Ended): string | undefined {
    if (outcome.type === 'error') return JSON.stringify({ code: outcome.code, message });
    if (outcome.type !== 'failed') return undefined;
    const { scrub } = this.#shared;
    const described = describeThrown(outcome.error);
    return JSON.stringify({
      type: errorType,
      message: scrub.text(described?.message, MAX_MESSAGE, call.secrets, call.tally),
    });
  }
}
