/**
 * What Tempo still has of a person, and until when: it deletes no one person, its blocks go when their time is over
 * (`block_retention` of its configuration).
 */
import type { TelemetryNames } from '@mcp-logbook/audit';
import type { StoreClient } from './store-client.ts';

/** See the file's header. */
export interface TempoLeft {
  /** Traces that name the person; of 167 hours at most 1,000 are counted. */
  readonly traces: number;
  readonly retentionHours: number;
  /** When the last block that may have them has gone, Unix milliseconds. */
  readonly untilMs: number;
}

const HOUR_MS = 3_600_000;
/** A usual Tempo searches 168 hours at most, and the ends are rounded outwards. */
const STEP_MS = 167 * HOUR_MS;
const LIMIT = 1_000;
/** Tempo's own default. */
const DEFAULT_RETENTION = '336h';

/** @throws Error when Tempo cannot be reached or does not answer as it should */
export async function leftInTempo(client: StoreClient, names: TelemetryNames): Promise<TempoLeft> {
  const config = await client.send('GET', '/status/config');
  const periods = [...config.matchAll(/^\s*block_retention: (\S+)/gm)].map(([, text = '']) => text);
  const retentionMs = Math.max(0, ...periods.map(durationMs)) || durationMs(DEFAULT_RETENTION);
  const { pseudonym, person } = names;
  const conditions = [
    ...(pseudonym === undefined ? [] : [`span.enduser.pseudo.id = ${JSON.stringify(pseudonym)}`]),
    ...(person === undefined ? [] : [`span.enduser.id = ${JSON.stringify(person)}`]),
  ];
  const nowMs = Date.now();
  let traces = 0;
  for (let end = nowMs; end > nowMs - retentionMs; end -= STEP_MS) {
    const start = Math.max(end - STEP_MS, nowMs - retentionMs);
    const params = new URLSearchParams({
      q: `{ ${conditions.join(' || ')} }`,
      start: String(Math.floor(start / 1000)),
      end: String(Math.ceil(end / 1000)),
      limit: String(LIMIT),
    });
    const found: unknown = Object(await client.json(`/api/search?${String(params)}`)).traces ?? [];
    if (!Array.isArray(found)) throw client.strange();
    traces += found.length;
  }
  return { traces, retentionHours: retentionMs / HOUR_MS, untilMs: nowMs + retentionMs };
}

/** A duration of Go, `336h0m0s`, or 0. */
function durationMs(text: string): number {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text);
  if (parts === null) return 0;
  const [, hours = 0, minutes = 0, seconds = 0] = parts;
  return Number(hours) * HOUR_MS + Number(minutes) * 60_000 + Number(seconds) * 1000;
}
