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
  entryKindOf,
} from '@mcp-logbook/semconv/names';
import { createSecretMemory } from '@mcp-logbook/redaction/memory';
import { GIVEN_UP } from '../exchange.ts';
import type {
  AccessEvent,
  Connection,
  DefinitionItem,
  Exchange,
  Outcome,
  Side,
} from '../exchange.ts';
import type { AuditPort, OpenCall, RecorderPort } from '../ports.ts';
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
import { Entries } from './entries.ts';
import type { Call } from './open-call.ts';
import type { RecorderOptions } from './options.ts';
import { Identities } from './person.ts';
import { isInputRequired, Rounds } from './rounds.ts';
import type { Round } from './rounds.ts';
import { Scrubber } from './scrub.ts';
import type { Content } from './scrub.ts';
import { Sessions } from './sessions.ts';
import type { Shared } from './shared.ts';
import { enteredOf, MAX_URI, targetOf } from './target.ts';
import { read } from './thrown.ts';
import { judge } from './verdict.ts';
import { Views } from './view.ts';

/** Ended calls whose telemetry waits for the end of the turn: one batch of the rows back end. */
const MAX_LATE = 64;
/**
 * Calls open at once, of all connections; beyond it the oldest is given up, so that peers who never answer cost bounded memory
 * (I10). A server that really has as many under way spends far more on each than we do.
 */
const MAX_OPEN = 32_768;
/** Same labels, same object: a back end may recognise a series by it. */
const INCIDENT_LABELS = {
  rule_disabled: { [ATTR_MCP_LOGBOOK_REDACTION_INCIDENT]: 'rule_disabled' },
  allowed: { [ATTR_MCP_LOGBOOK_REDACTION_INCIDENT]: 'allowed' },
} as const;

/** See the file's header. */
export class Recorder implements RecorderPort {
  readonly #backend: TelemetryBackend;
  readonly #audit: AuditPort | undefined;
  readonly #shared: Shared;
  readonly #sides: Side | 'both';
  readonly #logLevelOf: (name: string) => CaptureLevel;
  readonly #spanLevelOf: (name: string) => CaptureLevel;
  readonly #now: Clock;
  readonly #ids: Ids;
  readonly #guard: Guard;
  readonly #scrub: Scrubber;
  readonly #views: Views;
  readonly #identities: Identities;
  readonly #entries: Entries;
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
    this.#shared = {
      backend: options.backend,
      audit: this.#audit,
      scrub: this.#scrub,
      guard: this.#guard,
      now: this.#now,
      ids: this.#ids,
    };
    const isEntered = (role: Side): boolean => this.#isEntered(role);
    this.#entries = new Entries(this.#shared, this.#views, this.#identities);
    this.#sessions = new Sessions(this.#shared, this.#views, isEntered);
    this.#definitions = new Definitions(this.#shared, this.#views, isEntered);
    this.#gate = new Gate(this.#shared, this.#identities, isEntered);
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
    const target = targetOf(exchange, this.#shared);
    const entry =
      entered && this.#audit !== undefined ? enteredOf(exchange, target, this.#guard) : undefined;
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
    const call = this.#entries.admit(draft);
    for (const { asked, answer } of continued?.answers ?? [])
      this.#entries.answer(call, asked, answer);
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
      const { written, id } = this.#entries.end(ended);
      // The evidence is written; what telemetry says of it can wait until the answer has left.
      this.#later(() => this.#tell(ended, id));
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

  #waits({ exchange, round, startMicros }: Call, result: unknown): Round {
    const newId = (): string => this.#ids.uuidV7(Math.floor(startMicros / 1000));
    return this.#rounds.waits(exchange, result, round, newId);
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
      [ATTR_MCP_LOGBOOK_REASON]: GIVEN_UP,
    });
    this.end(oldest, { type: 'failed', errorType: GIVEN_UP });
  }
}
