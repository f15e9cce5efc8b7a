/**
 * Calls that take several requests (MCP 2026-07-28, multi round-trip requests): a result of type `input_required` asks
 * the client for more, and the client sends the request again, under a new id, with `inputResponses` and the server's
 * `requestState` as it was. All rounds of one call carry the same round id and count up, on both sides.
 *
 * A retry is known by a digest of its `requestState`, else by method, target, caller and the names of what was asked: the
 * server may be a new object, or another connection, for each request. At most `MAX_WAITING` calls are remembered (I10);
 * nothing of their content is but what an entry of the answer needs, redacted.
 */
import { hash } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { Scrubber } from './scrub.ts';
import { read } from './thrown.ts';

/** Place of a request within its call. */
export interface Round {
  readonly id: string;
  /** 1 = the request that came first. */
  readonly number: number;
}

/** Something that a round asked of the client: an elicitation, a sampling, the roots. */
export interface Asked {
  readonly method: string;
  /** JSON of its params, redacted. */
  readonly request: string;
}

interface Waiting {
  readonly round: Round;
  readonly asked: ReadonlyMap<string, Asked>;
}

/** A retry: its round, and what it answers. */
export interface Continued {
  readonly round: Round;
  readonly answers: readonly { readonly asked: Asked; readonly answer: unknown }[];
}

const MAX_WAITING = 1_000;
/** Most questions of one round that are looked at. */
const MAX_ASKED = 16;
const MAX_REQUEST = 4_096;

/** Whether a result asks for more. */
export function isInputRequired(result: unknown): boolean {
  return read(result, 'resultType') === 'input_required';
}

/** See the file's header. */
export class Rounds {
  readonly #scrub: Scrubber;
  readonly #waiting = new Map<string, Waiting>();

  constructor(scrub: Scrubber) {
    this.#scrub = scrub;
  }

  /** What a request continues, if it is a retry. */
  continued(exchange: Exchange): Continued | undefined {
    const responses = read(exchange.params, 'inputResponses');
    const state = read(exchange.params, 'requestState');
    if (responses === undefined && state === undefined) return undefined;
    const key = keyOf(exchange, state, responses);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(key);
    const { id, number } = waiting.round;
    const answers = [...waiting.asked].flatMap(([name, asked]) => {
      const answer = read(responses, name);
      return answer === undefined ? [] : [{ asked, answer }];
    });
    return { round: { id, number: number + 1 }, answers };
  }

  /**
   * A round ended by asking for more.
   * @param round of a retry; absent for the first, which gets `newId`
   */
  waits(exchange: Exchange, result: unknown, round: Round | undefined, newId: () => string): Round {
    const mine = round ?? { id: newId(), number: 1 };
    const requests = read(result, 'inputRequests');
    const names = namesOf(requests);
    const asked = new Map<string, Asked>();
    for (const name of names) {
      const one = read(requests, name);
      const method = read(one, 'method');
      if (typeof method === 'string')
        asked.set(name, { method, request: this.#json(read(one, 'params')) });
    }
    this.#waiting.set(keyOf(exchange, read(result, 'requestState'), requests), {
      round: mine,
      asked,
    });
    if (this.#waiting.size > MAX_WAITING)
      this.#waiting.delete(this.#waiting.keys().next().value as string);
    return mine;
  }

  #json(params: unknown): string {
    const tally = { counts: [], truncated: false, failed: false };
    const { json } = this.#scrub.content(params ?? {}, 'request', undefined, undefined, tally);
    return json.length <= MAX_REQUEST ? json : JSON.stringify(json.slice(0, MAX_REQUEST));
  }
}

function keyOf(exchange: Exchange, state: unknown, questions: unknown): string {
  const { side, method, person, clientId, peer, params } = exchange;
  const target = read(params, 'name') ?? read(params, 'uri');
  const caller = person?.key ?? clientId ?? peer?.address ?? '';
  const told =
    typeof state === 'string' ? ['state', state] : ['names', ...namesOf(questions).toSorted()];
  return hash('sha256', JSON.stringify([side, method, target, caller, ...told]), 'base64url');
}

function namesOf(questions: unknown): string[] {
  return typeof questions === 'object' && questions !== null
    ? Object.keys(questions).slice(0, MAX_ASKED)
    : [];
}
