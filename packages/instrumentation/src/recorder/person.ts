/**
 * Who called, as log and telemetry may say it. Identity skips the rules for personal data (an e-mail may be the user
 * id) in the sealed payload, never those for secrets: a key used as a user id is replaced everywhere alike.
 */
import type { HttpPeer, Person } from '../exchange.ts';
import type { RecorderOptions } from './options.ts';
import type { Scrubber, Tally } from './scrub.ts';

/** See the file's header. */
export interface Identity {
  /** `iss|sub` for the log. */
  readonly key: string | undefined;
  /** `enduser.id`, only with identity `plain`. */
  readonly enduserId: string | undefined;
  /** `enduser.pseudo.id`. */
  readonly enduserPseudoId: string | undefined;
  readonly source: string;
  readonly clientId: string | undefined;
  /** Value of the payload's `identity`. */
  readonly json: string | undefined;
}

const NOBODY: Identity = {
  key: undefined,
  enduserId: undefined,
  enduserPseudoId: undefined,
  source: 'none',
  clientId: undefined,
  json: undefined,
};

/** Longest person key; issuer and subject of a token are far shorter. */
const MAX_KEY = 1_024;
const MAX_CACHED_PSEUDONYMS = 1_000;

/** Turns persons into identities. */
export class Identities {
  readonly #scrub: Scrubber;
  readonly #mode: 'pseudonym' | 'plain' | 'none';
  readonly #pseudonym: ((person: string) => string) | undefined;
  readonly #known = new WeakMap<Person, Identity>();
  readonly #pseudonyms = new Map<string, string>();

  constructor(scrub: Scrubber, options: RecorderOptions) {
    this.#scrub = scrub;
    this.#mode = options.identity ?? 'pseudonym';
    this.#pseudonym = options.pseudonym;
  }

  of(person: Person | undefined, clientId: string | undefined): Identity {
    if (person === undefined) {
      const id = this.#scrub.name(clientId, 256);
      return id === undefined
        ? NOBODY
        : { ...NOBODY, clientId: id, json: JSON.stringify({ clientId: id }) };
    }
    let identity = this.#known.get(person);
    if (identity === undefined) {
      identity = this.#identity(person, clientId);
      this.#known.set(person, identity);
    }
    return identity;
  }

  #identity(person: Person, clientId: string | undefined): Identity {
    const key = this.#scrub.name(person.key, MAX_KEY);
    const client = this.#scrub.name(person.clientId ?? clientId, 256);
    const tally: Tally = { counts: [], truncated: false, failed: false };
    const claims =
      person.claims === undefined
        ? undefined
        : this.#scrub.content(person.claims, 'request', undefined, undefined, tally).value;
    return {
      key,
      enduserId: this.#mode === 'plain' ? key : undefined,
      enduserPseudoId:
        this.#mode === 'pseudonym' && key !== undefined ? this.#pseudo(key) : undefined,
      source: person.source,
      clientId: client,
      json: JSON.stringify({ source: person.source, clientId: client, claims }),
    };
  }

  #pseudo(key: string): string | undefined {
    if (this.#pseudonym === undefined) return undefined;
    let pseudonym = this.#pseudonyms.get(key);
    if (pseudonym === undefined) {
      pseudonym = this.#pseudonym(key);
      if (this.#pseudonyms.size >= MAX_CACHED_PSEUDONYMS) this.#pseudonyms.clear();
      this.#pseudonyms.set(key, pseudonym);
    }
    return pseudonym;
  }
}

/** Value of the payload's `peer`. */
export function peerJson(peer: HttpPeer | undefined, scrub: Scrubber): string | undefined {
  if (peer === undefined) return undefined;
  return JSON.stringify({
    address: scrub.name(peer.address),
    port: peer.port,
    userAgent: scrub.name(peer.userAgent, 256),
  });
}
