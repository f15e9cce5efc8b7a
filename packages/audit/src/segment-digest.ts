/**
 * Digests of closed segments, computed in small steps between the program's own work, each entered as `segment.closed`.
 */
import { basename } from 'node:path';
import type { ControlEntry } from './control.ts';
import { asLogbookError } from './errors.ts';
import type { SafeObserver } from './observer.ts';
import { digestSteps } from './segment.ts';

/** A digest that may not be entered just now asks again after this. */
const WAIT_MS = 1;

export interface DigesterOptions {
  readonly observer: SafeObserver;
  /** Whether an entry may be written just now. */
  readonly isFree: () => boolean;
  /** @returns false when it could not be written: the next opening of the log begins again */
  readonly enter: (entry: ControlEntry) => boolean;
}

export class Digester {
  readonly #options: DigesterOptions;
  readonly #undigested = new Set<string>();
  #timer: NodeJS.Immediate | undefined;
  #waiting: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: DigesterOptions) {
    this.#options = options;
  }

  /** Names of closed segments that no `segment.closed` entry names yet. */
  get undigested(): string[] {
    return [...this.#undigested];
  }

  later(path: string): void {
    const name = basename(path);
    const steps = digestSteps(path);
    const { isFree, enter, observer } = this.#options;
    let digest: string | undefined;
    this.#undigested.add(name);
    const run = (): void => {
      try {
        if (this.#stopped) {
          // Closes its file; the next opening begins again.
          steps.return('');
          return;
        }
        if (digest === undefined) {
          const step = steps.next();
          if (step.done === true) digest = step.value;
        }
        if (digest === undefined) {
          this.#timer = setImmediate(run).unref();
          return;
        }
        if (!isFree()) {
          this.#waiting = setTimeout(run, WAIT_MS).unref();
          return;
        }
        const entered = enter({
          kind: 'segment.closed',
          action: 'close',
          target: `${name} sha256:${digest}`,
          payload: { segment: name, sha256: digest },
        });
        if (entered) this.#undigested.delete(name);
      } catch (error) {
        observer.problem(asLogbookError(error, `cannot read segment "${name}"`));
      }
    };
    this.#timer = setImmediate(run).unref();
  }

  stop(): void {
    this.#stopped = true;
    clearImmediate(this.#timer);
    clearTimeout(this.#waiting);
  }
}
