/**
 * The funnel: every MCP call of every adapter comes through here, and nothing else makes telemetry or entries.
 *
 *   begin   ids, parent, redacted arguments; in `strict` the request entry, before the handler may run
 *   end     redact the answer with the memory of the call's secrets, judge it, enter it, ONE CallRecord to the back end
 *
 * The entry comes first, telemetry second: what is acknowledged is on disk (I3). Each step is guarded by itself, so
 * that one fault never stops the next and none reaches the program (I8). Nothing unredacted leaves this file (I5).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ATTR_MCP_LOGBOOK_REASON,
  ATTR_MCP_LOGBOOK_REDACTION_INCIDENT,
  ATTR_MCP_LOGBOOK_SIGNAL,
  MCP_METHODS,
  METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
  METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS,
  METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED,
  OTHER,
  actionOfTool,
  entryKindOf,
} from '@mcp-logbook/semconv/names';
import type { CallKind } from '@mcp-logbook/semconv/names';
import { createSecretMemory } from '@mcp-logbook/redaction/memory';
import type {
  AccessEvent,
  Connection,
  DefinitionItem,
  Exchange,
  Outcome,
  Side,
} from '../exchange.ts';
import type { AuditEntry, AuditPort, OpenCall, RecorderPort } from '../ports.ts';
import type { TelemetryBackend } from '../telemetry/backend.ts';
import { Gate } from './access.ts';
import { activeLabels } from '../telemetry/points.ts';
import { createCapture } from './capture.ts';
import type { CaptureLevel } from './capture.ts';
import { createClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { Definitions } from './definitions.ts';
import { createGuard } from './guard.ts';
import type { Guard } from './guard.ts';
import { callRecord, MAX_MESSAGE } from './ended.ts';
import type { Ended } from './ended.ts';
import { createIds } from './ids.ts';
import type { Ids } from './ids.ts';
import type { Call, Entered, Target } from './open-call.ts';
import type { RecorderOptions } from './options.ts';
import { payloadJson } from './payload.ts';
import { Identities, peerJson } from './person.ts';
import { isInputRequired, Rounds } from './rounds.ts';
import type { Asked, Round } from './rounds.ts';
import { Scrubber } from './scrub.ts';
import type { Content } from './scrub.ts';
import { Sessions } from './sessions.ts';
import { describeThrown, read } from './thrown.ts';
import { entryError, judge } from './verdict.ts';
import { Views } from './view.ts';

/** Ended calls whose telemetry waits for the end of the turn: one batch of the rows back end. */
const MAX_LATE = 64;
/**
 * Calls open at once, of all connections; beyond it the oldest is given up, so that peers who never answer cost bounded memory
 * (I10). A server that really has as many under way spends far more on each than we do.
 */
const MAX_OPEN = 32_768;
const MAX_URI = 1_024;
/** Same labels, same object: a back end may recognise a series by it. */
const INCIDENT_LABELS = {
  rule_disabled: { [ATTR_MCP_LOGBOOK_REDACTION_INCIDENT]: 'rule_disabled' },
  allowed: { [ATTR_MCP_LOGBOOK_REDACTION_INCIDENT]: 'allowed' },
} as const;
/** Kinds that in `strict` have an entry before the handler runs (audit.md 3). */
const STRICT_KINDS: ReadonlySet<CallKind> = new Set([
  'tool.call',
  'resource.read',
  'prompt.get',
  'sampling',
  'elicitation',
]);
const NO_TARGET: Target = {
  tool: undefined,
  prompt: undefined,
  uri: undefined,
  toolLabel: undefined,
  promptLabel: undefined,
  leaf: undefined,
};
const NO_TRACE = '0'.repeat(32);

/** See the file's header. */
export class Recorder implements RecorderPort {
  readonly #backend: TelemetryBackend;
  readonly #audit: AuditPort | undefined;
  readonly #sides: Side | 'both';
  readonly #logLevelOf: (name: string) => CaptureLevel;
  readonly #spanLevelOf: (name: string) => CaptureLevel;
  readonly #now: Clock;
  readonly #ids: Ids;
  readonly #guard: Guard;
  readonly #scrub: Scrubber;
  readonly #views: Views;
  readonly #identities: Identities;
  readonly #definitions: Definitions;
  readonly #sessions: Sessions;
  readonly #gate: Gate;
  readonly #rounds: Rounds;
  readonly #open = new Set<Call>();
  /** Telemetry of ended calls, not handed over yet: at most `MAX_LATE`. */
  #late: (() => void)[] = [];
  #catchUpSoon: NodeJS.Immediate | undefined;
  readonly #running = new AsyncLocalStorage<OpenCall>();

  constructor(options: RecorderOptions) {
    this.#backend = options.backend;
    this.#audit = options.audit?.mode === 'off' ? undefined : options.audit;
    this.#sides = options.sides ?? 'server';
    this.#logLevelOf = createCapture(options.capture ?? [], 'full');
    this.#spanLevelOf = createCapture(options.captureSpans ?? [], 'none');
    this.#now = options.clock ?? createClock();
    this.#ids = options.ids ?? createIds();
    this.#guard = createGuard(options.backend, options.warn ?? (() => {}));
    this.#scrub = new Scrubber(options.redactor, this.#guard, (incident, count) =>
      options.backend.measure(
        METRIC_MCP_LOGBOOK_REDACTION_INCIDENTS,
        count,
        INCIDENT_LABELS[incident],
      ),
    );
    this.#views = new Views(this.#scrub);
    this.#rounds = new Rounds(this.#scrub);
    this.#identities = new Identities(this.#scrub, options);
    const shared = {
      backend: options.backend,
      audit: this.#audit,
      scrub: this.#scrub,
      guard: this.#guard,
      now: this.#now,
      ids: this.#ids,
    };
    const isEntered = (role: Side): boolean => this.#isEntered(role);
    this.#sessions = new Sessions(shared, this.#views, isEntered);
    this.#definitions = new Definitions(shared, this.#views, isEntered);
    this.#gate = new Gate(shared, this.#identities, (role) => this.#isEntered(role));
  }

  /** Faults of our own that were caught. */
  get errors(): number {
    return this.#guard.errors;
  }

  get strict(): boolean {
    return this.#audit?.mode === 'strict';
  }

  begin(exchange: Exchange): OpenCall {
    return this.#guard<OpenCall>('record', { admitted: this.#audit?.mode !== 'strict' }, () =>
      this.#begin(exchange),
    );
  }

  #begin(exchange: Exchange): Call {
    const { side, connection } = exchange;
    const startMicros = this.#now() - Math.round((exchange.agoMs ?? 0) * 1000);
    const method = MCP_METHODS.has(exchange.method)
      ? exchange.method
      : (this.#scrub.name(exchange.method) ?? OTHER);
    const methodLabel = MCP_METHODS.has(exchange.method) ? method : OTHER;
    const entered = exchange.requestId !== undefined && this.#isEntered(connection.role);
    const target = this.#target(exchange);
    const entry = entered && this.#audit !== undefined ? this.#entry(exchange, target) : undefined;
    // By the name as it came: what redaction makes of it must not put a tool out of its level's reach.
    const named = target.tool ?? target.prompt;
    const rawName = named === undefined ? undefined : read(exchange.params, 'name');
    const levelName = typeof rawName === 'string' ? rawName.slice(0, MAX_URI) : (named ?? method);
    const logLevel = entry === undefined ? 'none' : this.#logLevelOf(levelName);
    const spanLevel = this.#spanLevelOf(levelName);
    const secrets = createSecretMemory();
    const tally = { counts: [], truncated: false, failed: false };
    const wanted =
      logLevel !== 'none' || spanLevel !== 'none' || (entered && entryKindOf(method) !== undefined);
    const request = wanted
      ? this.#scrub.content(exchange.params, 'request', target.tool, secrets, tally)
      : undefined;
    const span = this.#guard('traces', undefined, () =>
      this.#backend.begin({
        side,
        method,
        tool: target.tool,
        prompt: target.prompt,
        methodLabel,
        toolLabel: target.toolLabel,
        meta: exchange.meta,
        startMicros,
      }),
    );
    const continued = this.#guard('record', undefined, () => this.#rounds.continued(exchange));
    const draft: Call = {
      admitted: true,
      exchange,
      method,
      methodLabel,
      target,
      entered,
      entry,
      logLevel,
      spanLevel,
      startMicros,
      secrets,
      tally,
      request,
      span,
      requestEntryId: undefined,
      round: continued?.round,
      ended: false,
    };
    const call = this.#admit(draft);
    for (const { asked, answer } of continued?.answers ?? [])
      this.#enterAnswer(call, asked, answer);
    this.#open.add(call);
    if (this.#open.size > MAX_OPEN) this.#abandonOldest();
    return call;
  }

  current(): OpenCall | undefined {
    return this.#running.getStore();
  }

  run<T>(call: OpenCall, fn: () => T): T {
    const { span } = call as Partial<Call>;
    return this.#running.run(call, () => (span === undefined ? fn() : this.#backend.run(span, fn)));
  }

  inject(
    call: OpenCall,
    meta: Readonly<Record<string, unknown>> | undefined,
  ): Record<string, unknown> {
    const carrier = this.#guard('traces', {}, () => ({ ...meta }));
    const { span } = call as Partial<Call>;
    if (span !== undefined)
      this.#guard('traces', undefined, () => this.#backend.inject(span, carrier));
    return carrier;
  }

  end(openCall: OpenCall, outcome: Outcome): boolean {
    // Opaque outside, made by `begin` here; a call that `begin` could not make has no `exchange`.
    const call = openCall as Call;
    if (call.exchange === undefined || call.ended) return true;
    call.ended = true;
    this.#open.delete(call);
    const durationMicros = Math.max(0, this.#now() - call.startMicros);
    if (outcome.type === 'result' && isInputRequired(outcome.result))
      // At once: the next round may begin before the turn ends.
      call.round = this.#guard('record', call.round, () => this.#waits(call, outcome.result));
    if (call.entry === undefined && call.request === undefined) {
      // Neither an entry nor content: nothing of it must be done before the answer leaves.
      this.#later(() => this.#tell(this.#judged(call, outcome, durationMicros), undefined));
      return true;
    }
    const isStrict = this.#audit?.mode === 'strict' && call.entry !== undefined;
    return this.#guard('record', !isStrict, () => {
      const ended = this.#judged(call, outcome, durationMicros);
      const entry =
        call.entry === undefined || !call.admitted ? undefined : this.#resultEntry(ended);
      const written = entry === undefined || this.#append(entry);
      // The evidence is written; what telemetry says of it can wait until the answer has left.
      this.#later(() => this.#tell(ended, written ? entry?.id : undefined));
      return written || !isStrict;
    });
  }

  forget(openCall: OpenCall): void {
    const call = openCall as Call; // see `end`
    if (call.exchange === undefined || call.ended) return;
    call.ended = true;
    this.#open.delete(call);
    this.#guard('record', undefined, () =>
      this.#backend.measure(
        METRIC_MCP_LOGBOOK_OPERATION_ACTIVE,
        -1,
        activeLabels(call.methodLabel, call.target.toolLabel),
      ),
    );
  }

  /** Redacts the answer and judges it: all that entry and telemetry have in common. */
  #judged(call: Call, outcome: Outcome, durationMicros: number): Ended {
    const { exchange, secrets, tally } = call;
    const result = this.#result(call, outcome);
    // A result that was not redacted is only asked for its one flag.
    const isError =
      outcome.type === 'result' &&
      call.method === 'tools/call' &&
      read(result?.value ?? outcome.result, 'isError') === true;
    const waits = outcome.type === 'result' && isInputRequired(outcome.result);
    const verdict = judge(exchange.side, outcome, isError, waits);
    return {
      call,
      outcome,
      durationMicros,
      result,
      verdict,
      message:
        outcome.type === 'error'
          ? this.#scrub.text(outcome.message, MAX_MESSAGE, secrets, tally)
          : undefined,
      errorType: verdict.errorType === undefined ? undefined : this.#errorType(verdict.errorType),
      identity: this.#identities.of(exchange.person, exchange.clientId),
      seen: this.#views.of(exchange.connection),
    };
  }

  #resultEntry(ended: Ended): AuditEntry {
    const { call, outcome, verdict, durationMicros, errorType } = ended;
    return this.#entryOf(call, this.#payload(call, ended.seen.payload, ended), {
      outcome: verdict.outcome,
      durationMicros,
      error: errorType ?? entryError(verdict, outcome),
    });
  }

  #tell(ended: Ended, entryId: string | undefined): void {
    const { span } = ended.call;
    if (span !== undefined) this.#backend.end(span, callRecord(ended, entryId, this.#scrub));
  }

  session(connection: Connection, state: 'opened' | 'closed', errorType?: string): void {
    this.#guard('session', undefined, () => this.#sessions.change(connection, state, errorType));
  }

  access(event: AccessEvent): void {
    this.#guard('auth', undefined, () => this.#gate.record(event));
  }

  listed(connection: Connection, item: DefinitionItem, list: readonly object[]): void {
    // Comparing can wait until the answer has left.
    this.#later(() => this.#definitions.listed(connection, item, list));
  }

  endAll(errorType: string): void {
    for (const call of this.#open) this.end(call, { type: 'failed', errorType });
    this.#catchUp();
    this.#guard('session', undefined, () => this.#sessions.closeAll());
  }

  /** Does `work` once the answer has left; at once when a loop that never yields has gathered many (I10). */
  #later(work: () => void): void {
    this.#late.push(work);
    if (this.#late.length >= MAX_LATE) this.#catchUp();
    else this.#catchUpSoon ??= setImmediate(() => this.#catchUp());
  }

  #catchUp(): void {
    clearImmediate(this.#catchUpSoon);
    this.#catchUpSoon = undefined;
    const works = this.#late;
    this.#late = [];
    for (const work of works) this.#guard('record', undefined, work);
  }

  #isEntered(role: Side): boolean {
    return this.#sides === 'both' || this.#sides === role;
  }

  /** What was asked for. Names come from the peer: redacted and capped here, bounded as labels and leaf target. */
  #target(exchange: Exchange): Target {
    const { method, params, connection } = exchange;
    switch (method) {
      case 'tools/call': {
        const raw = read(params, 'name');
        const tool = this.#scrub.name(raw);
        const label =
          tool !== undefined && this.#isRegistered(connection, 'tool', raw) ? tool : OTHER;
        return { ...NO_TARGET, tool, toolLabel: label, leaf: label };
      }
      case 'prompts/get': {
        const raw = read(params, 'name');
        const prompt = this.#scrub.name(raw);
        const label =
          prompt !== undefined && this.#isRegistered(connection, 'prompt', raw) ? prompt : OTHER;
        return { ...NO_TARGET, prompt, promptLabel: label, leaf: label };
      }
      case 'resources/read':
      case 'resources/subscribe':
      case 'resources/unsubscribe':
      case 'notifications/resources/updated': {
        const raw = read(params, 'uri');
        if (typeof raw !== 'string') return NO_TARGET;
        const name = this.#guard('record', undefined, () => connection.resourceName(raw));
        return {
          ...NO_TARGET,
          uri: this.#scrub.text(raw, MAX_URI, undefined),
          leaf: this.#scrub.name(name) ?? OTHER,
        };
      }
      case 'logging/setLevel':
        return { ...NO_TARGET, leaf: 'log_level' };
      default:
        return NO_TARGET;
    }
  }

  #isRegistered(connection: Connection, kind: 'tool' | 'prompt', name: unknown): boolean {
    return (
      typeof name === 'string' &&
      this.#guard('record', false, () => connection.isRegistered(kind, name) === true)
    );
  }

  #entry(exchange: Exchange, target: Target): Entered | undefined {
    const entered = entryKindOf(exchange.method);
    if (entered === undefined || entered.kind !== 'tool.call') return entered;
    const name = read(exchange.params, 'name');
    const registered = typeof name === 'string' && target.leaf !== OTHER;
    const annotations = registered
      ? this.#guard('record', undefined, () => exchange.connection.toolAnnotations(name))
      : undefined;
    return { kind: entered.kind, action: actionOfTool(annotations) };
  }

  /** In `strict`: the request entry, durable before the handler may run. */
  #admit(draft: Call): Call {
    if (
      draft.entry === undefined ||
      this.#audit?.mode !== 'strict' ||
      !STRICT_KINDS.has(draft.entry.kind)
    )
      return draft;
    const { payload: members } = this.#views.of(draft.exchange.connection);
    const entry = this.#entryOf(draft, this.#payload(draft, members, undefined), {
      outcome: 'unknown',
    });
    const admitted = this.#append({ ...entry, phase: 'request' });
    return { ...draft, admitted, requestEntryId: admitted ? entry.id : undefined };
  }

  #waits({ exchange, round, startMicros }: Call, result: unknown): Round {
    const newId = (): string => this.#ids.uuidV7(Math.floor(startMicros / 1000));
    return this.#rounds.waits(exchange, result, round, newId);
  }

  /** What a server asked within its result (2026-07-28) and the client answered: an entry, as if it had been a request. */
  #enterAnswer(call: Call, asked: Asked, answer: unknown): void {
    const entered = entryKindOf(asked.method);
    if (call.entry === undefined || entered === undefined) return;
    this.#guard('record', undefined, () => {
      const { payload: members } = this.#views.of(call.exchange.connection);
      const identity = this.#identities.of(call.exchange.person, call.exchange.clientId);
      const result = this.#scrub.content(answer, 'response', undefined, call.secrets, call.tally);
      const payload = payloadJson({
        person: identity.key,
        identityJson: identity.json,
        connectionMembers: members,
        peerJson: peerJson(call.exchange.peer, this.#scrub),
        method: asked.method,
        requestId: this.#scrub.name(call.exchange.requestId),
        uri: undefined,
        round: call.round,
        level: call.logLevel,
        request: { value: undefined, json: asked.request, sizeBytes: undefined },
        result,
        errorJson: undefined,
        reason: undefined,
      });
      const own = { ...call, entry: entered, target: NO_TARGET, requestEntryId: undefined };
      this.#append(this.#entryOf(own, payload, { outcome: 'success' }));
    });
  }

  #append(entry: AuditEntry): boolean {
    return this.#guard('log', false, () => this.#audit?.append(entry) ?? true);
  }

  #entryOf(
    call: Call,
    payload: string,
    end: {
      readonly outcome: AuditEntry['outcome'];
      readonly durationMicros?: number;
      readonly error?: string | undefined;
    },
  ): AuditEntry {
    const { exchange, entry, span } = call;
    const timeMicros = call.startMicros + (end.durationMicros ?? 0);
    const person = this.#identities.of(exchange.person, exchange.clientId).key;
    const traced = span !== undefined && span.traceId !== NO_TRACE;
    return {
      id: this.#ids.uuidV7(Math.floor(timeMicros / 1000)),
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
      rules: this.#scrub.rules,
      payload,
    };
  }

  #payload(call: Call, connectionMembers: string, ended: Ended | undefined): string {
    const { exchange } = call;
    const identity = this.#identities.of(exchange.person, exchange.clientId);
    const outcome = ended?.outcome;
    return payloadJson({
      person: identity.key,
      identityJson: identity.json,
      connectionMembers,
      peerJson: peerJson(exchange.peer, this.#scrub),
      method: call.method,
      requestId: this.#scrub.name(exchange.requestId),
      uri: call.target.uri,
      round: call.round,
      level: call.logLevel,
      request: call.request,
      result: ended?.result,
      errorJson: ended === undefined ? undefined : this.#errorJson(ended),
      reason:
        outcome?.type === 'cancelled'
          ? this.#scrub.text(outcome.reason, MAX_MESSAGE, call.secrets, call.tally)
          : undefined,
    });
  }

  #errorJson({ call, outcome, message, errorType }: Ended): string | undefined {
    if (outcome.type === 'error') return JSON.stringify({ code: outcome.code, message });
    if (outcome.type !== 'failed') return undefined;
    const described = describeThrown(outcome.error);
    return JSON.stringify({
      type: errorType,
      message: this.#scrub.text(described?.message, MAX_MESSAGE, call.secrets, call.tally),
    });
  }

  #result(call: Call, outcome: Outcome): Content | undefined {
    if (call.request === undefined) return undefined;
    const { secrets, tally, target } = call;
    if (outcome.type === 'result')
      return this.#scrub.content(outcome.result, 'response', target.tool, secrets, tally);
    if (outcome.type === 'error' && outcome.data !== undefined)
      return {
        ...this.#scrub.content(outcome.data, 'response', target.tool, secrets, tally),
        sizeBytes: undefined,
      };
    return undefined;
  }

  /** Class names and codes are short words; anything else is a peer's text and no label. */
  #errorType(type: string): string {
    return /^[\w.:/-]{1,64}$/.test(type) && this.#scrub.name(type) === type ? type : OTHER;
  }

  #abandonOldest(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#backend.measure(METRIC_MCP_LOGBOOK_TELEMETRY_DROPPED, 1, {
      [ATTR_MCP_LOGBOOK_SIGNAL]: 'traces',
      [ATTR_MCP_LOGBOOK_REASON]: 'never_answered',
    });
    this.end(oldest, { type: 'failed', errorType: 'never_answered' });
  }
}
