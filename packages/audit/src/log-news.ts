/**
 * What a log has to say of itself before its next entries: producer numbers that were burned (`producer.gap`, target
 * `<first>-<last>`, I7), and a clock that was set (`clock.stepped`, with its seconds). Kept until it is written.
 */
import type { ClockWatch } from './clock.ts';
import type { ControlEntry } from './control.ts';
import type { DropReason } from './observer.ts';

/** Burned numbers that no entry names yet. */
interface Gap {
  readonly first: number;
  readonly last: number;
  readonly reason: DropReason | 'lost';
}

export class LogNews {
  readonly #clock: ClockWatch | undefined;
  #gap: Gap | undefined;
  #seconds: number | undefined;

  /** @param clock without it no steps are looked for */
  constructor(clock: ClockWatch | undefined) {
    this.#clock = clock;
  }

  /** Numbers up to `last` are burned, from the first that no entry names. */
  burned(first: number, last: number, reason: Gap['reason']): void {
    this.#gap = { first: this.#gap?.first ?? first, last, reason };
  }

  /** What is to be written now. */
  controls(): readonly ControlEntry[] {
    this.#seconds = this.#clock?.step();
    if (this.#gap === undefined && this.#seconds === undefined) return NONE;
    const controls: ControlEntry[] = [];
    if (this.#gap !== undefined) {
      const { first, last, reason } = this.#gap;
      const target = `${first}-${last}`;
      const payload = { first, last, reason };
      controls.push({ kind: 'producer.gap', action: 'drop', target, payload });
    }
    if (this.#seconds !== undefined)
      controls.push({
        kind: 'clock.stepped',
        action: 'step',
        payload: { seconds: this.#seconds },
      });
    return controls;
  }

  /** It is written. */
  told(): void {
    this.#gap = undefined;
    if (this.#seconds !== undefined) this.#clock?.told(this.#seconds);
    this.#seconds = undefined;
  }
}

const NONE: readonly ControlEntry[] = [];
