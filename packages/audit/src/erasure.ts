/**
 * The erasure of one person from one log, by the holder of its lock (audit.md 6, I6).
 *
 * Each step is durable before the next, and can be done again; what a crash leaves goes on when the log is opened next:
 *   1. a hold? `erasure.requested` and `erasure.denied`, end
 *   2. keyring remembers the erasure; `erasure.requested`, signed: everything the person did before is under a commit
 *   3. key and mapping destroyed, all other keys under a new master, in one transaction: from here on nobody can read
 *   4. VACUUM; the old master overwritten and removed: older copies of the keyring are worth nothing
 *   5. the index goes, made again by the next reader (I4)
 *   6. the person's seals blanked in place (blank.ts); no leaf, commit or other seal changes a byte
 *   7. `erasure.completed` with counts, whose inclusion proof is the certificate; the keyring forgets the erasure
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { blankSeals } from './blank.ts';
import type { ControlEntry } from './control.ts';
import { LogbookError } from './errors.ts';
import type { Keyring } from './keyring.ts';
import type { Log } from './log.ts';

/** Longest reason or authority kept. */
export const MAX_REASON = 1024;

/** What an erasure needs of an open log. */
export interface ErasureContext {
  readonly log: Log;
  readonly keyring: Keyring;
}

/** What is asked for. */
export interface ErasureTask {
  /** Pseudonym in this log. */
  readonly actor: string;
  readonly reason?: string | undefined;
  /** Whose word forbids it, when a hold in another log of the root does. */
  readonly heldBy?: string | undefined;
}

/** How it ended. */
export type ErasureResult =
  | {
      readonly outcome: 'completed';
      readonly actor: string;
      /** Id of the `erasure.completed` entry: prove it for the certificate. */
      readonly entry: string;
      /** Seals of the person, all blank now. */
      readonly seals: number;
    }
  | {
      readonly outcome: 'denied';
      readonly actor: string;
      /** Id of the `erasure.denied` entry. */
      readonly entry: string;
      /** Whose word forbids it. */
      readonly authority: string;
    };

/**
 * Erases, in steps: between two of them other entries may be written, and the log must be free when it goes on.
 * @throws LogbookError `ERR_LOGBOOK_UNKNOWN_PERSON`, and what the disk refuses: then the next opening goes on
 */
export function* eraseSteps(
  context: ErasureContext,
  task: ErasureTask,
): Generator<undefined, ErasureResult> {
  const { log, keyring } = context;
  const { actor } = task;
  const known = keyring.erasures().find((erasure) => erasure.actor === actor);
  if (known === undefined && !keyring.hasSubject(actor)) {
    const message = `no key of "${actor}" is in log "${log.folder}"`;
    throw new LogbookError('ERR_LOGBOOK_UNKNOWN_PERSON', message, {
      hint: 'the person was erased already, or never was in this log',
    });
  }
  if (known?.destroyed !== true) {
    const reason = task.reason?.slice(0, MAX_REASON);
    const requested: ControlEntry = {
      kind: 'erasure.requested',
      action: 'erase',
      target: actor,
      payload: { reason, resumed: known === undefined ? undefined : true },
    };
    const hold = keyring.hold(actor);
    const authority = hold?.authority ?? task.heldBy;
    if (authority !== undefined) {
      const denied: ControlEntry = {
        kind: 'erasure.denied',
        action: 'erase',
        outcome: 'denied',
        target: actor,
        payload: { basis: 'hold', authority, since: hold?.since },
      };
      const [, entry = ''] = log.enterNow([requested, denied]);
      keyring.endErasure(actor);
      return { outcome: 'denied', actor, entry, authority };
    }
    keyring.beginErasure(actor);
    log.enterNow([requested]);
    keyring.destroySubject(actor);
  }
  keyring.shred();
  removeIndexes(log.folder);
  yield undefined;
  const { seals, completed } = yield* blankSeals(log.folder, actor);
  const [entry = ''] =
    completed === undefined
      ? log.enterNow([
          {
            kind: 'erasure.completed',
            action: 'erase',
            target: actor,
            payload: { seals },
          },
        ])
      : [completed];
  keyring.endErasure(actor);
  return { outcome: 'completed', actor, entry, seals };
}

/** The queries' index and builds of it: a reader that is building one finds it gone and keeps to memory. */
export function removeIndexes(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^index\.db(?:-journal|\.\d+\.\d+\.tmp)?$/.test(name))
      rmSync(join(folder, name), { force: true, recursive: true });
  }
}

/** Does all steps without a pause. */
export function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
