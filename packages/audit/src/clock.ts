/**
 * The clock that entries are dated by, and a watch over it: whoever sets it by hand leaves a trace (audit.md 8).
 *
 * Wall time is compared with monotonic time of the same process. Correction by NTP is slow (at most 500 ppm) and no
 * step. Monotonic time stands still while a machine sleeps on Linux and macOS, so a sleep shows as a step forward.
 */

/** A smaller difference is no step: clocks are read one after the other, and NTP may correct so much at once. */
const SMALLEST_MS = 2_000;
/** How fast a correction may be. */
const SLEW = 0.0005;
/** Differences of more than this time ago are forgotten, so that allowed corrections do not add up to a step. */
const WINDOW_MS = 3_600_000;

/** The system's clock, Unix microseconds, which follows its corrections; finer parts of a time come from callers who have them. */
export function systemMicros(): number {
  return Date.now() * 1000;
}

/** Milliseconds since the process began, whatever is done to the clock. */
export function steadyMs(): number {
  return performance.now();
}

/** Notices steps of a clock. Used by one log. */
export class ClockWatch {
  readonly #micros: () => number;
  readonly #steadyMs: () => number;
  /** Milliseconds that the clock is ahead of the steady one, and when that was noted by the latter. */
  #aheadMs: number;
  #sinceMs: number;

  /** @param micros the clock, Unix microseconds @param steady milliseconds of a clock that nobody can set */
  constructor(micros: () => number, steady: () => number) {
    this.#micros = micros;
    this.#steadyMs = steady;
    this.#sinceMs = steady();
    this.#aheadMs = micros() / 1000 - this.#sinceMs;
  }

  /** Seconds by which the clock was set forward (or back: negative); undefined when it was not. Again until `told`. */
  step(): number | undefined {
    const nowMs = this.#steadyMs();
    const passedMs = nowMs - this.#sinceMs;
    const stepMs = this.#micros() / 1000 - nowMs - this.#aheadMs;
    if (Math.abs(stepMs) >= SMALLEST_MS + passedMs * SLEW) return Math.round(stepMs) / 1000;
    if (passedMs > WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#aheadMs += stepMs;
    }
    return undefined;
  }

  /** A step that `step` gave is entered: from here on steps are told anew. */
  told(seconds: number): void {
    this.#sinceMs = this.#steadyMs();
    this.#aheadMs += seconds * 1000;
  }
}
