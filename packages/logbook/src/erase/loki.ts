/**
 * Deletes a person's lines in Loki by its delete API and waits until queries do not show them any more.
 *
 *   POST /loki/api/v1/delete?query={service_name=~".+"} | enduser_pseudo_id="p_..."&start=..&end=..
 *
 * The person is structured metadata of lines, so the selector takes every stream and the filter one person. Loki hides
 * the lines within minutes (at once after a restart) and takes them off the disk after `delete_request_cancel_period`,
 * at a compaction. Lines are counted by day, 30 days a query, which is the longest that a usual Loki allows: one count
 * over all of them takes it half a minute, since it cuts that into hours.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TelemetryNames } from '@mcp-logbook/audit';
import { lineOf } from '../diag.ts';
import { StoreClient } from './store-client.ts';

/** How it ended. */
export interface LokiEnd {
  /** Lines that queries showed before. */
  readonly lines: number;
  /** Lines that they still show; undefined when Loki did not say any more. */
  readonly left: number | undefined;
  /** From the request to that. */
  readonly seconds: number;
  /** As in Loki's configuration, e.g. `24h`. */
  readonly cancelPeriod: string | undefined;
}

/** One filter of a person, and the first day of lines that have it, as its beginning in Unix seconds. */
interface Found {
  readonly query: string;
  readonly from: number;
}

const DAY_S = 86_400;
const DAYS_A_QUERY = 30;
/** The longest retention of the shipped configuration is 366 days. */
const DAYS = 390;
const LOOK_MS = 2_000;
const TELL_MS = 15_000;

/**
 * @param waitMs longest wait until the lines are hidden
 * @param say told how it goes on, a sentence at a time
 * @throws Error when Loki cannot be reached at first, or refuses
 */
export async function deleteInLoki(
  client: StoreClient,
  names: TelemetryNames,
  waitMs: number,
  say: (line: string) => void,
): Promise<LokiEnd> {
  const found: Found[] = [];
  let lines = 0;
  for (const query of queriesOf(names)) {
    const days = await countByDay(client, query, nextMidnight() - DAYS * DAY_S);
    const [first] = days;
    if (first === undefined) continue;
    lines += sum(days);
    found.push({ query, from: first.from });
  }
  const cancelPeriod = await cancelPeriodOf(client);
  if (found.length === 0) return { lines, left: 0, seconds: 0, cancelPeriod };
  // Up to this moment: Loki takes no deletion of the future.
  const to = Math.floor(Date.now() / 1000);
  for (const { query, from } of found) {
    const path = `/loki/api/v1/delete?${String(new URLSearchParams({ query, start: String(from), end: String(to) }))}`;
    await client.send('POST', path, {
      404: 'it has no delete API: set compactor.retention_enabled and delete_request_store',
      403: 'deletion is not allowed for this tenant: set limits_config.deletion_mode to filter-and-delete',
    });
  }
  const begin = performance.now();
  const seconds = (): number => Math.round((performance.now() - begin) / 1000);
  say(
    `Loki has the request to delete ${lines} lines; waiting until it hides them, at most ${Math.round(waitMs / 1000)} s`,
  );
  let left: number | undefined = lines;
  let toldMs = performance.now();
  for (;;) {
    try {
      left = 0;
      for (const { query, from } of found) left += sum(await countByDay(client, query, from));
    } catch (error) {
      // A Loki that restarts comes back.
      left = undefined;
      if (performance.now() - toldMs >= TELL_MS) say(lineOf(error));
    }
    if (left === 0 || performance.now() - begin > waitMs) break;
    if (performance.now() - toldMs >= TELL_MS) {
      toldMs = performance.now();
      if (left !== undefined) say(`Loki still shows ${left} lines after ${seconds()} s`);
    }
    await sleep(LOOK_MS);
  }
  return { lines, left, seconds: seconds(), cancelPeriod };
}

function queriesOf({ pseudonym, person }: TelemetryNames): string[] {
  const query = (label: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`{service_name=~".+"} | ${label}=${JSON.stringify(value)}`];
  return [...query('enduser_pseudo_id', pseudonym), ...query('enduser_id', person)];
}

interface Day {
  readonly from: number;
  readonly count: number;
}

const sum = (days: readonly Day[]): number => days.reduce((all, { count }) => all + count, 0);

/** Of UTC, Unix seconds: days are aligned, or Loki would count their hours one by one. */
const nextMidnight = (): number => (Math.floor(Date.now() / 1000 / DAY_S) + 1) * DAY_S;

/** Days from a midnight on that have lines, oldest first. */
async function countByDay(client: StoreClient, query: string, from: number): Promise<Day[]> {
  const days: Day[] = [];
  const last = nextMidnight();
  for (let first = from + DAY_S; first <= last; first += DAYS_A_QUERY * DAY_S) {
    const params = new URLSearchParams({
      // The point at a midnight counts the day before it.
      query: `sum(count_over_time(${query} [1d]))`,
      start: String(first),
      end: String(Math.min(first + (DAYS_A_QUERY - 1) * DAY_S, last)),
      step: '1d',
    });
    const answer = await client.json(`/loki/api/v1/query_range?${String(params)}`);
    const result: unknown = Object(Object(answer).data).result;
    if (!Array.isArray(result)) throw client.strange();
    // No series: no line.
    const values: unknown = Object(result[0]).values ?? [];
    if (!Array.isArray(values)) throw client.strange();
    for (const value of values) {
      const [at, count] = (value as unknown[]).map(Number);
      if (at === undefined || count === undefined || !(count >= 0)) throw client.strange();
      if (count > 0) days.push({ from: at - DAY_S, count });
    }
  }
  return days;
}

async function cancelPeriodOf(client: StoreClient): Promise<string | undefined> {
  try {
    const text = await client.send('GET', '/config');
    const period = /^\s*delete_request_cancel_period: (\S+)/m.exec(text)?.[1];
    return period?.replace(/(?<=h)0m0s$/, '');
  } catch {
    // It is only told.
    return undefined;
  }
}
