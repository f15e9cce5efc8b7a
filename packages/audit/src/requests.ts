/**
 * Commands that write, given to whoever writes the log (audit.md 4).
 *
 * A command that finds the log's lock taken puts `requests/<uuid>.json` there, one `Task` as JSON; the writer looks every
 * half second, does it, writes `requests/<uuid>.answer` (`{"result":...}` or `{"error":{"code","message","hint"}}`) and
 * removes the request, so a writer that dies in between leaves it to the next. Tasks name pseudonyms, never people. One
 * that cannot be read is moved to `quarantine/`.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createFile, makeFolder, replaceFile } from './durable.ts';
import {
  eraseSteps,
  finish,
  MAX_REASON,
  type ErasureContext,
  type ErasureResult,
  type ErasureTask,
} from './erasure.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { noteExport, parseExportTask, type ExportNoted, type ExportTask } from './export-entry.ts';
import { formatTime } from './leaf.ts';
import { rotateMaster, type MasterRotation } from './master-rotation.ts';
import { rotateSigning, type SigningRotation } from './signing-rotation.ts';
import type { SafeObserver } from './observer.ts';
import type { RetentionTime } from './prune.ts';
import { retainSteps, type Retained } from './retention.ts';

/** Something a log's writer does on command. */
export type Task =
  | ({ readonly op: 'erase' } & ErasureTask)
  | {
      readonly op: 'hold' | 'lift';
      readonly actor: string;
      /** Whose word it is. */
      readonly authority: string;
    }
  | { readonly op: 'rotate-signing'; readonly reason?: string | undefined }
  | { readonly op: 'rotate-master'; readonly reason?: string | undefined }
  | ({ readonly op: 'export' } & ExportTask)
  /** How long, instead of the writer's own settings. */
  | ({ readonly op: 'retain' } & RetentionTime);

/** How a hold task ended. */
export interface HoldResult {
  readonly outcome: 'held' | 'lifted';
  readonly actor: string;
  /** Id of the `hold.set` or `hold.lifted` entry. */
  readonly entry: string;
}

export type TaskResult =
  | ErasureResult
  | HoldResult
  | SigningRotation
  | MasterRotation
  | Retained
  | ExportNoted;

/** The open log that tasks are done in. */
export interface TaskContext extends ErasureContext {
  readonly observer: SafeObserver;
  /** Unix microseconds. */
  readonly nowMicros: () => number;
  /** How long things are kept; for ever without. */
  readonly retention?: RetentionTime | undefined;
}

const POLL_MS = 500;
/** While a group of the sink is on its way to the disk. */
const BUSY_MS = 2;
/** The first look at what time asks for (retention.ts), and the next ones. */
const FIRST_RETENTION_MS = 60_000;
const RETENTION_MS = 86_400_000;
/** After an erasure that could not go on. */
const RETRY_MS = 60_000;
/** Answers nobody fetched. */
const STALE_MS = 86_400_000;
const REQUEST = /^[0-9a-f-]{36}\.json$/;
const ACTOR = /^a_[a-z2-7]{16}$/;

/** Does a task, in steps: the log must be free at each. */
function* taskSteps(context: TaskContext, task: Task): Generator<undefined, TaskResult> {
  if (task.op === 'erase') return yield* eraseSteps(context, task);
  if (task.op === 'retain') {
    const { days, shippedDays } = context.retention ?? {};
    return yield* retainSteps(context, {
      days: task.days ?? days,
      shippedDays: task.shippedDays ?? shippedDays,
    });
  }
  const { log, keyring, nowMicros } = context;
  if (task.op === 'export') return noteExport(log, task);
  if (task.op === 'rotate-signing') return rotateSigning(log, task.reason?.slice(0, MAX_REASON));
  if (task.op === 'rotate-master') return rotateMaster(context, task.reason?.slice(0, MAX_REASON));
  const { actor } = task;
  const authority = task.authority.slice(0, MAX_REASON);
  const payload = { authority };
  if (task.op === 'lift') {
    if (keyring.hold(actor) === undefined)
      throw new LogbookError('ERR_LOGBOOK_USAGE', `no hold on "${actor}" in log "${log.folder}"`, {
        hint: 'there is nothing to lift',
      });
    // The entry first: a crash between the two leaves the hold, which is the safe side.
    const entry = { kind: 'hold.lifted', action: 'lift', target: actor, payload };
    const [id = ''] = log.enterNow([entry]);
    keyring.liftHold(actor);
    return { outcome: 'lifted', actor, entry: id };
  }
  if (!keyring.hasSubject(actor))
    throw new LogbookError(
      'ERR_LOGBOOK_UNKNOWN_PERSON',
      `no key of "${actor}" is in log "${log.folder}"`,
      { hint: 'the person was erased: there is nothing left to hold' },
    );
  keyring.setHold({ actor, since: formatTime(Math.floor(nowMicros())), authority });
  const [id = ''] = log.enterNow([{ kind: 'hold.set', action: 'hold', target: actor, payload }]);
  return { outcome: 'held', actor, entry: id };
}

/** What a crash interrupted in a log; undefined when there is nothing. */
function interruptedIn(
  context: TaskContext,
  but?: Task,
): Generator<undefined, TaskResult> | undefined {
  const { keyring } = context;
  const own = but?.op === 'erase' ? but.actor : undefined;
  const erasure = keyring.erasures().find(({ actor }) => actor !== own);
  if (erasure !== undefined) return eraseSteps(context, { actor: erasure.actor });
  return keyring.rotating === undefined || but?.op === 'rotate-master'
    ? undefined
    : taskSteps(context, { op: 'rotate-master' });
}

/**
 * Looks for requests while a log is open, goes on with what a crash interrupted, and does daily what time asks for. Ends
 * with the log.
 */
export function serveRequests(context: TaskContext): void {
  const { log, observer } = context;
  let resumeAtMs = 0;
  let retainAtMs = performance.now() + FIRST_RETENTION_MS;
  const later = (step: () => void, ms: number): void => {
    setTimeout(() => {
      if (!log.isClosed) step();
    }, ms).unref();
  };
  const work = (steps: Generator<undefined, TaskResult>, done: (end: Ended) => void): void => {
    if (!log.isFree) {
      later(() => work(steps, done), BUSY_MS);
      return;
    }
    let step;
    try {
      step = steps.next();
    } catch (error) {
      done({ error: asLogbookError(error, `cannot write log folder "${log.folder}"`) });
      return;
    }
    if (step.done === true) done({ result: step.value });
    else later(() => work(steps, done), 0);
  };
  const poll = (): void => {
    const again = (): void => later(poll, POLL_MS);
    try {
      const interrupted = performance.now() < resumeAtMs ? undefined : interruptedIn(context);
      if (interrupted !== undefined) {
        work(interrupted, ({ error }) => {
          if (error !== undefined) {
            resumeAtMs = performance.now() + RETRY_MS;
            observer.problem(error);
          }
          again();
        });
        return;
      }
      const [request] = listRequests(log.folder);
      if (request === undefined) {
        if (performance.now() < retainAtMs) {
          again();
          return;
        }
        retainAtMs = performance.now() + RETENTION_MS;
        work(taskSteps(context, { op: 'retain' }), ({ error }) => {
          if (error !== undefined) observer.problem(error);
          again();
        });
        return;
      }
      const task = readTask(log.folder, request);
      if (task === undefined) again();
      else
        work(taskSteps(context, task), (end) => {
          try {
            answer(log.folder, request, end);
          } catch (error) {
            observer.problem(asLogbookError(error, `cannot answer a request in "${log.folder}"`));
          }
          again();
        });
    } catch (error) {
      observer.problem(asLogbookError(error, `cannot read requests in "${log.folder}"`));
      later(poll, RETRY_MS);
    }
  };
  later(poll, POLL_MS);
}

/** Does one task now, and what else waits in the log: what was interrupted before it, requests behind it. */
export function doTask(context: TaskContext, task: Task | undefined): TaskResult | undefined {
  const { log } = context;
  for (let steps; (steps = interruptedIn(context, task)) !== undefined;) finish(steps);
  try {
    return task === undefined ? undefined : finish(taskSteps(context, task));
  } finally {
    for (const request of listRequests(log.folder)) {
      const asked = readTask(log.folder, request);
      if (asked !== undefined) answer(log.folder, request, ended(context, asked));
    }
  }
}

function ended(context: TaskContext, task: Task): Ended {
  try {
    return { result: finish(taskSteps(context, task)) };
  } catch (error) {
    return { error: asLogbookError(error, `cannot write log folder "${context.log.folder}"`) };
  }
}

interface Ended {
  readonly result?: TaskResult;
  readonly error?: LogbookError;
}

// --- files

function listRequests(folder: string): string[] {
  const requests = join(folder, 'requests');
  // A file of that name is not ours.
  if (statSync(requests, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(requests)
    .filter((name) => REQUEST.test(name))
    .toSorted();
}

function readTask(folder: string, name: string): Task | undefined {
  const path = join(folder, 'requests', name);
  try {
    const fields = Object(JSON.parse(readFileSync(path, 'utf8')));
    const { op, actor, authority, reason, heldBy, days, shippedDays } = fields;
    if (typeof actor === 'string' && ACTOR.test(actor)) {
      if (op === 'erase')
        return { op, actor, reason: textOrNone(reason), heldBy: textOrNone(heldBy) };
      if ((op === 'hold' || op === 'lift') && typeof authority === 'string')
        return { op, actor, authority };
    }
    if (op === 'retain' && [days, shippedDays].every(isDaysOrNone))
      return { op, days, shippedDays };
    if (op === 'rotate-signing' || op === 'rotate-master')
      return { op, reason: textOrNone(reason) };
    const exported = op === 'export' ? parseExportTask(fields) : undefined;
    if (exported !== undefined) return { op: 'export', ...exported };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  makeFolder(join(folder, 'quarantine'));
  renameSync(path, join(folder, 'quarantine', `request.${name}`));
  return undefined;
}

function isDaysOrNone(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) > 0);
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function answer(folder: string, name: string, { result, error }: Ended): void {
  const requests = join(folder, 'requests');
  const { code, message, hint } = error ?? {};
  const text = JSON.stringify(
    error === undefined ? { result } : { error: { code, message, hint } },
  );
  replaceFile(join(requests, name.replace(/json$/, 'answer')), text, true);
  rmSync(join(requests, name), { force: true });
  for (const other of readdirSync(requests)) {
    const path = join(requests, other);
    const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (other.endsWith('.answer') && Date.now() - mtimeMs > STALE_MS) rmSync(path, { force: true });
  }
}

/** A request that was put to a log's writer. */
export interface Request {
  /**
   * The answer, once it is there.
   * @throws LogbookError as the writer did
   */
  answer(): TaskResult | undefined;
  /** Takes the request back if nobody has done it. @returns false when it was done */
  withdraw(): boolean;
}

/** Puts a task to the writer of a log. @throws LogbookError `ERR_LOGBOOK_IO` */
export function putRequest(folder: string, task: Task): Request {
  const requests = join(folder, 'requests');
  const id = randomUUID();
  const path = join(requests, `${id}.json`);
  const answerPath = join(requests, `${id}.answer`);
  try {
    makeFolder(requests);
    createFile(path, JSON.stringify(task));
  } catch (error) {
    throw asLogbookError(error, `cannot put a request into "${requests}"`);
  }
  return {
    answer: () => {
      if (!existsSync(answerPath)) return undefined;
      const { result, error } = JSON.parse(readFileSync(answerPath, 'utf8')) as {
        // Written by `answer` above.
        result?: TaskResult;
        error?: Pick<LogbookError, 'code' | 'message' | 'hint'>;
      };
      rmSync(answerPath, { force: true });
      if (error !== undefined)
        throw new LogbookError(error.code, error.message, {
          ...(error.hint !== undefined && { hint: error.hint }),
        });
      return result;
    },
    withdraw: () => {
      const waiting = existsSync(path);
      rmSync(path, { force: true });
      return waiting;
    },
  };
}
