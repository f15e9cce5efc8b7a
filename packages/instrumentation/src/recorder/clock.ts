/**
 * Unix time in whole microseconds, steady while the wall clock is: the monotonic clock on top of an anchor that follows
 * the wall clock when it steps or the machine slept.
 */

/** Current Unix time in whole microseconds. */
export type Clock = () => number;

/** Further apart than this, the wall clock is right: it has 1 ms resolution, so anything below is noise. */
const MAX_DRIFT_MS = 10;

/** A clock; `wallMs` and `monotonicMs` are parameters for tests. */
export function createClock(
  wallMs: () => number = Date.now,
  monotonicMs: () => number = () => performance.now(),
): Clock {
  let anchor = wallMs() - monotonicMs();
  return () => {
    const monotonic = monotonicMs();
    const wall = wallMs();
    if (Math.abs(anchor + monotonic - wall) > MAX_DRIFT_MS) anchor = wall - monotonic;
    return Math.round((anchor + monotonic) * 1000);
  };
}
