/**
 * The thread that verifies the central log while the sink writes it (audit.md 7): new entries within a minute, all of it at
 * the start and every thirty days, anchors every hour. It works in slices with pauses, so it takes a small part of a core.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LogWatch, readAnchors, verifyLog, type WatchProblem } from '@mcp-logbook/audit';
import { lookOver } from '../look.ts';

/** What the host gives. */
export interface WatchTask {
  readonly folder: string;
  readonly origin: string;
  readonly vkey: string;
  /** Sources of `verify --anchors`. */
  readonly anchors: readonly string[];
  readonly tokenFile: string | undefined;
  readonly everyMs: number;
  readonly anchorsEveryMs: number;
}

/** What the thread tells. */
export type WatchMessage =
  /** All that is signed was found as signed. */
  | { readonly type: 'sound'; readonly size: number }
  | {
      readonly type: 'failed';
      readonly problem: Omit<WatchProblem, 'check'> & { readonly check: string };
    }
  /** The newest anchor, when the log signed it, Unix milliseconds; absent when none was found. */
  | { readonly type: 'anchor'; readonly signedMs?: number }
  /** It could not look. */
  | { readonly type: 'trouble'; readonly message: string };

const FULL_MS = 30 * 86_400_000;
/** Between two slices. */
const PAUSE_MS = 100;

const task = workerData as WatchTask;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (message: WatchMessage): void => parentPort?.postMessage(message);

async function look(watch: LogWatch): Promise<void> {
  const { problem, size } = await lookOver(watch, { rest: () => pause(PAUSE_MS), wait: pause });
  tell(problem === undefined ? { type: 'sound', size } : { type: 'failed', problem });
}

async function compareAnchors(): Promise<void> {
  const { folder, origin, vkey, tokenFile } = task;
  const found = [];
  for (const source of task.anchors)
    found.push(...(await readAnchors(source, origin, { tokenFile })));
  const report = verifyLog(folder, { vkey, anchors: found });
  const [problem] = report.problems;
  if (problem !== undefined) {
    const { message, file = '', line = 0 } = problem;
    tell({ type: 'failed', problem: { check: 'anchor', message, file, line } });
  }
  const signedMs = report.anchor === undefined ? undefined : Date.parse(report.anchor.signedAt);
  tell({ type: 'anchor', ...(signedMs !== undefined && { signedMs }) });
}

async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tell({ type: 'trouble', message: error instanceof Error ? error.message : 'unknown failure' });
  }
}

async function main(): Promise<never> {
  let watch: LogWatch | undefined;
  let fullAt = 0;
  let anchoredAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    await guarded(async () => {
      if (watch === undefined || Date.now() - fullAt > FULL_MS) {
        watch = new LogWatch(task.folder, task.vkey);
        fullAt = Date.now();
      }
      await look(watch);
    });
    if (task.anchors.length > 0 && performance.now() - anchoredAt > task.anchorsEveryMs) {
      anchoredAt = performance.now();
      await guarded(compareAnchors);
    }
    await pause(task.everyMs);
  }
}

await main();
