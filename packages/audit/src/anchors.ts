/**
 * Anchors: checkpoints of a log that somebody else kept, which alone show that its newest entries were not cut off and
 * that no key holder wrote it anew (audit.md 7).
 *
 * A source is one of:
 *   a file       a signed note (a copy of `checkpoint`), or one `{"checkpoint":"<note>"}` a line (of `checkpoints.jsonl`)
 *   a sink       http(s) URL: `GET /checkpoints/<origin>` gives such lines, those that producers sent and its own
 *   a Loki       http(s) URL: records of class `audit`, whose bodies are notes
 * What is read may come from anybody: only notes of the log's own origin are taken, and verification checks the rest.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseCheckpoint } from './checkpoint.ts';
import { LogbookError } from './errors.ts';
import { parseNote } from './note.ts';

/** One kept checkpoint. */
export interface Anchor {
  readonly note: string;
  /** Where it was read, as the caller named it. */
  readonly source: string;
  /** 1-based line or number of the record there. */
  readonly line: number;
}

export interface AnchorOptions {
  /** File with the bearer token of a sink or Loki. */
  readonly tokenFile?: string | undefined;
  /** Reads no Loki record from before this time; default 30 days ago. */
  readonly since?: Date | undefined;
}

/** Most bytes of one source, and of one answer. */
const MAX_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 30_000;
/** Loki's own limit for one answer, and how many answers are read. */
const LOKI_LIMIT = 5000;
const LOKI_PAGES = 100;
const DAYS_30_MS = 30 * 86_400_000;
/** Loki refuses a question over a longer time (max_query_length). */
const LOKI_RANGE = BigInt(DAYS_30_MS) * 1_000_000n;

/**
 * Reads the anchors of one log from a source.
 * @param origin of the log
 * @throws LogbookError `ERR_LOGBOOK_ANCHOR` when the source cannot be read, `ERR_LOGBOOK_FORMAT` when it holds something else
 */
export async function readAnchors(
  source: string,
  origin: string,
  options: AnchorOptions = {},
): Promise<Anchor[]> {
  const notes = /^https?:\/\//i.test(source)
    ? await readUrl(source, origin, options)
    : notesOf(readAnchorFile(source), source);
  return notes.flatMap((note, index) =>
    originOfNote(note) === origin ? [{ note, source, line: index + 1 }] : [],
  );
}

function readAnchorFile(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error('too large');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, `cannot be read`, cause);
  }
}

/** Notes of a text: one as it stands, or one a line of JSON. */
function notesOf(text: string, source: string): string[] {
  if (originOfNote(text) !== undefined) return [text];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const notes = lines.map((line) => {
    try {
      const { checkpoint } = Object(JSON.parse(line));
      return typeof checkpoint === 'string' ? checkpoint : '';
    } catch {
      return '';
    }
  });
  const bad = notes.findIndex((note) => originOfNote(note) === undefined);
  if (bad >= 0) {
    const message = `anchors "${source}": line ${bad + 1} is not a checkpoint`;
    throw new LogbookError('ERR_LOGBOOK_FORMAT', message, {
      hint: 'a file of anchors is a signed note, or lines {"checkpoint":"<note>"}',
    });
  }
  return notes;
}

function originOfNote(note: string): string | undefined {
  try {
    return parseCheckpoint(parseNote(note).text).origin;
  } catch {
    return undefined;
  }
}

async function readUrl(source: string, origin: string, options: AnchorOptions): Promise<string[]> {
  const base = source.replace(/\/+$/, '');
  const ask = asker(source, options.tokenFile);
  const sink = await ask(`${base}/checkpoints/${encodeURI(origin)}`);
  if (sink !== undefined) return notesOf(sink, source);
  return await readLoki(base, origin, ask, options.since ?? new Date(Date.now() - DAYS_30_MS));
}

type Ask = (url: string) => Promise<string | undefined>;

/** Asks with credentials: text, or undefined where there is no such path. */
function asker(source: string, tokenFile: string | undefined): Ask {
  const headers: Record<string, string> = {};
  if (tokenFile !== undefined) {
    const token = readAnchorFile(tokenFile).trim().split('\n')[0] ?? '';
    headers['authorization'] = `Bearer ${token}`;
  }
  return async (url) => {
    let response;
    let text;
    try {
      response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      text = await response.text();
    } catch (cause) {
      throw unreadable(source, 'does not answer', cause);
    }
    if (response.status === 404) return undefined;
    if (response.ok && text.length <= MAX_BYTES) return text;
    throw unreadable(source, `answers ${response.status}`);
  };
}

/** Pages back from now to `since`, newest first. */
async function readLoki(base: string, origin: string, ask: Ask, since: Date): Promise<string[]> {
  const notes = new Set<string>();
  const query = `{mcp_logbook_log_class="audit"} |= ${JSON.stringify(`${origin}\n`)}`;
  const first = BigInt(since.getTime()) * 1_000_000n;
  let end = BigInt(Date.now() + 60_000) * 1_000_000n;
  for (let page = 0; page < LOKI_PAGES && end > first; page += 1) {
    const start = end - LOKI_RANGE > first ? end - LOKI_RANGE : first;
    const range = `start=${start}&end=${end}&limit=${LOKI_LIMIT}&direction=backward`;
    const url = `${base}/loki/api/v1/query_range?query=${encodeURIComponent(query)}&${range}`;
    const text = await ask(url);
    if (text === undefined) throw unreadable(base, 'is neither a sink nor a Loki');
    const values = lokiValues(text, base);
    for (const [, line] of values) notes.add(line);
    const oldest = values.reduce((least, [time]) => (time < least ? time : least), end);
    // Records of one nanosecond may stand on both sides of a full answer: asked for again, taken once.
    const next = values.length < LOKI_LIMIT ? start : oldest + 1n;
    if (next >= end) break;
    end = next;
  }
  return [...notes];
}

function lokiValues(text: string, source: string): [time: bigint, line: string][] {
  try {
    const streams: unknown = Object(JSON.parse(text)).data.result;
    if (!Array.isArray(streams)) throw new Error('no list of streams');
    return streams.flatMap((stream: { values: [string, string][] }) =>
      stream.values.map(([time, line]): [bigint, string] => [BigInt(time), String(line)]),
    );
  } catch (cause) {
    throw unreadable(source, 'does not answer as Loki does', cause);
  }
}

function unreadable(source: string, what: string, cause?: unknown): LogbookError {
  const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new LogbookError('ERR_LOGBOOK_ANCHOR', `anchors "${source}": it ${what}${why}`, {
    cause,
    hint: 'give a file of checkpoints, or the URL of a sink or a Loki, with --token-file where it asks for one',
  });
}
