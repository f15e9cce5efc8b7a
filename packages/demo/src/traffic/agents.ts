/**
 * The agents: several people with several clients at five servers, themselves under the flag, so that client and server
 * spans meet in one trace. What is asked, of whom and in which order follows from the seed; when, from the rate.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shopper } from '../plan.ts';
import { ACTIONS } from './actions.ts';
import type { Note, Outcome, TrafficPlan, TrafficReport } from './plan.ts';
import { Random } from './random.ts';
import { Seat, type SeatSpec } from './seat.ts';

/** Requests under way at once: enough for a slow one not to hold up the rest, few enough to stay fair to two cores. */
const MOST_OPEN = 12;
/** One in so many turns is somebody without access. */
const KNOCK_EVERY = 40;

const DESK = { name: 'desk-assistant', version: '2.4.0' };
const OLD_DESK = { name: 'desk-assistant', version: '2.3.0' };
const CODE = { name: 'code-helper', version: '0.9.1' };
const BATCH = { name: 'night-batch', version: '1.0.0' };
const CONSOLE = { name: 'ops-console', version: '3.1.4' };

const stopping = new AbortController();

async function drive(plan: TrafficPlan): Promise<TrafficReport> {
  const file = plan.record === undefined ? undefined : openSync(plan.record, 'a', 0o600);
  const outcomes: Partial<Record<Outcome, number>> = {};
  let ended = 0;
  const take = (note: Note): void => {
    ended += 1;
    outcomes[note.outcome] = (outcomes[note.outcome] ?? 0) + 1;
    if (file !== undefined) writeSync(file, `${JSON.stringify(note)}\n`);
  };
  const seats = seatsOf(plan).map((spec) => ({
    weight: spec.weight,
    seat: new Seat(spec, plan, take),
  }));
  const strangers = strangersOf(plan).map((spec) => new Seat(spec, plan, take));
  const { bounds } = plan;
  const random = new Random(bounds.seed);
  const started = performance.now();
  const open = new Set<Promise<void>>();
  for (let turn = 0; bounds.calls === undefined || turn < bounds.calls; turn += 1) {
    const dueMs = bounds.rate === 0 ? 0 : (turn * 1_000) / bounds.rate;
    const waitMs = started + dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    const seconds = (performance.now() - started) / 1_000;
    if (stopping.signal.aborted || seconds > (bounds.seconds ?? Infinity)) break;
    const job = turn % KNOCK_EVERY === KNOCK_EVERY - 1 ? knock() : call();
    open.add(job);
    void job.then(() => open.delete(job));
    if (open.size >= MOST_OPEN) await Promise.race(open);
  }
  await Promise.all(open);
  await Promise.all(seats.map(({ seat }) => seat.close()));
  if (file !== undefined) closeSync(file);
  return { calls: ended, outcomes };

  function call(): Promise<void> {
    const { seat } = random.weighted(seats);
    const action = random.weighted(ACTIONS[seat.spec.server]);
    return seat.ask(action, action.params(random, plan));
  }

  function knock(): Promise<void> {
    const action = { weight: 1, method: 'ping', params: () => ({}) };
    return random.pick(strangers).ask(action, {});
  }
}

function seatsOf({ people }: TrafficPlan): SeatSpec[] {
  const [ada, grace, linus, hedy] = people;
  return [
    { weight: 20, server: 'everything', client: DESK, stay: 300 },
    { weight: 20, server: 'filesystem', client: CODE, stay: 300 },
    { weight: 12, server: 'memory', client: OLD_DESK, stay: 300 },
    ...shoppers('shop', 6, [
      [ada, DESK],
      [grace, CODE],
      [linus, BATCH],
      [hedy, OLD_DESK],
    ]),
    ...shoppers('reports', 6, [
      [ada, DESK],
      [grace, CONSOLE],
      [linus, BATCH],
    ]),
  ];
}

/** A token nobody gave out, and one that does not reach as far: 401 and 403. */
function strangersOf({ people, wrongToken }: TrafficPlan): SeatSpec[] {
  const nobody = { name: 'nobody', token: wrongToken };
  return [
    ...shoppers('shop', 1, [[nobody, CODE]]),
    ...shoppers('reports', 1, [[people[3], OLD_DESK]]),
  ];
}

function shoppers(
  server: 'shop' | 'reports',
  weight: number,
  who: readonly (readonly [Shopper | undefined, SeatSpec['client']])[],
): SeatSpec[] {
  return who.map(([person, client]) => ({
    weight,
    server,
    client,
    stay: 12,
    ...(person !== undefined && { person }),
  }));
}

process.once('message', (plan) => {
  process.once('message', () => stopping.abort());
  process.once('disconnect', () => stopping.abort());
  // The parent is our own traffic maker and sends a `TrafficPlan`.
  drive(plan as TrafficPlan).then(
    (report) => answer({ report }),
    (error: unknown) =>
      answer({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

function answer(message: object): void {
  if (!process.connected) return;
  process.send?.(message, () => {
    if (process.connected) process.disconnect();
  });
}

// Ctrl-C reaches the whole group; the maker tells us to stop, so that what is open gets its answer.
process.on('SIGINT', () => stopping.abort());
