/**
 * Keys that are gone and holds that are missing, judged at the end of a walk (verify-walk.ts): an erasure, an expiry or a
 * lifted hold may stand anywhere behind what it explains.
 */
import type { Keyring } from './keyring.ts';
import type { Leaf } from './leaf.ts';
import { PRUNE } from './pruned.ts';
import type { Findings, VerifyProblem } from './verify-findings.ts';

/** Stands for everybody: an erasure that names nobody. */
const ANYBODY = '*';

interface Unread {
  readonly actor: string;
  /** `<class> <month>`. */
  readonly period: string;
  readonly problem: VerifyProblem;
}

export class KeyAccounts {
  readonly #keyring: Keyring | undefined;
  readonly #unread = new Map<string, Unread>();
  readonly #erased = new Set<string>();
  /** `<class> <month>` whose key was destroyed because its time was over. */
  readonly #expired = new Set<string>();
  /** Pseudonyms whose erasure was requested, and not denied. */
  readonly #requested = new Set<string>();
  /** Pseudonyms on hold by the log's entries, each with its problem, and by the keyring when the walk began. */
  readonly #held = new Map<string, VerifyProblem>();
  readonly #heldBefore: ReadonlySet<string>;

  /** @param keyring that seals are opened with; without it nothing is judged but what `gone` was told */
  constructor(keyring: Keyring | undefined) {
    this.#keyring = keyring;
    this.#heldBefore = keyring?.heldActors() ?? new Set();
  }

  /** A payload cannot be read. @param problem made only for the first of this person and period */
  gone(actor: string, period: string, problem: () => VerifyProblem): void {
    const name = `${actor}|${period}`;
    if (!this.#unread.has(name)) this.#unread.set(name, { actor, period, problem: problem() });
  }

  /** What a control entry of the log says of keys. @param where `"<file>" line <n>` */
  control({ kind, action, target }: Leaf, where: string, index: number): void {
    switch (kind) {
      case 'erasure.completed':
        this.#erased.add(target ?? ANYBODY);
        break;
      case 'erasure.requested':
        if (target !== undefined) this.#requested.add(target);
        break;
      case 'erasure.denied':
        if (target !== undefined) this.#requested.delete(target);
        break;
      case 'hold.set':
        if (target !== undefined)
          this.#held.set(target, {
            code: 'keys',
            message: `"keys.db" lacks the hold on "${target}" that ${where} set and no entry lifted: an erasure would not be denied`,
            file: 'keys.db',
            index,
          });
        break;
      case 'hold.lifted':
        if (target !== undefined) this.#held.delete(target);
        break;
      case 'retention.expired':
        if (target !== undefined && action !== PRUNE) this.#expired.add(target);
        break;
      default:
    }
  }

  /** Tells what no entry explains. */
  report(findings: Findings): void {
    this.#reportHolds(findings);
    for (const { actor, period, problem } of this.#unread.values()) {
      if (this.#expired.has(period) || this.#erased.has(actor) || this.#erased.has(ANYBODY))
        continue;
      if (this.#requested.has(actor))
        findings.note(
          `the erasure of "${actor}" was requested and is not completed: the log's writer, or the next erase, goes on with it`,
        );
      else findings.add(problem);
    }
  }

  /** A hold that a running writer sets or lifts meanwhile is in the keyring before the walk or after it. */
  #reportHolds(findings: Findings): void {
    const after = this.#keyring?.heldActors();
    if (after === undefined) return;
    for (const [actor, problem] of this.#held)
      if (!this.#heldBefore.has(actor) && !after.has(actor)) findings.add(problem);
  }
}
