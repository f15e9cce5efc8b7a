/**
 * What a server offers, compared with what it offered last: tools, prompts and resources that were added, removed or
 * altered become an event, a metric and an entry each (semconv 7.2, 7.4; audit.md 1: "rug pull").
 *
 * A definition's digest is `sha256:` and the hex SHA-256 of its JSON in the form of RFC 8785 (members sorted), without
 * `_meta`; anybody can compute it from a list answer. What is known stands in a store beside the log, so that an
 * update of the server between two runs is seen. The first whole list of a kind is no change: one entry with action
 * `start` and all digests in its payload.
 *
 * Over HTTP different people may be offered different lists: there a name counts as altered when none of its latest
 * digests is the one, and as removed only when the list of the same connection had it before. On stdio there is one
 * client, so the last list counts, also that of the process before.
 */
import { hash } from 'node:crypto';
import { OTHER } from '@mcp-logbook/semconv/names';
import type { Connection, DefinitionItem, Side } from '../exchange.ts';
import type { ConfigRecord } from '../telemetry/record.ts';
import type { Shared } from './shared.ts';
import type { Views } from './view.ts';

/** Names of one kind and server that are known (I10). */
const MAX_NAMES = 2_000;
const MAX_SERVERS = 64;
/** Digests of one name that are kept, newest first. */
const MAX_DIGESTS = 8;
/** Changes of one list that are told one by one; the rest is one more, of `_OTHER`. */
const MAX_TOLD = 50;
const MAX_NAME = 256;
const MAX_DEPTH = 64;

/** Digests of a name, newest first; none once it is gone. */
type Known = Map<string, readonly string[]>;
type Change = Pick<ConfigRecord, 'change' | 'name' | 'digest' | 'previousDigest'>;

const ACTIONS = { added: 'add', removed: 'remove', altered: 'alter' } as const;

/** See the file's header. */
export class Definitions {
  readonly #shared: Shared;
  readonly #views: Views;
  readonly #isEntered: (role: Side) => boolean;
  /** By server, then kind. */
  #servers: Map<string, Map<DefinitionItem, Known>> | undefined;
  /** Names in the latest list of a connection, by kind. */
  readonly #offered = new WeakMap<Connection, Map<DefinitionItem, ReadonlySet<string>>>();

  constructor(shared: Shared, views: Views, isEntered: (role: Side) => boolean) {
    this.#shared = shared;
    this.#views = views;
    this.#isEntered = isEntered;
  }

  /** A whole list was offered over a connection. */
  listed(connection: Connection, item: DefinitionItem, list: readonly object[]): void {
    if (!this.#isEntered(connection.role)) return;
    const servers = (this.#servers ??= this.#read());
    const server = this.#shared.scrub.name(connection.serverName) ?? OTHER;
    const kinds = servers.get(server) ?? new Map<DefinitionItem, Known>();
    if (!servers.has(server)) {
      if (servers.size >= MAX_SERVERS) return;
      servers.set(server, kinds);
    }
    const now = this.#digests(item, list);
    const known = kinds.get(item);
    if (known === undefined) {
      kinds.set(item, new Map([...now].map(([name, digest]) => [name, [digest]])));
      this.#begin(connection, item, now);
    } else {
      const changes = this.#changes(connection, item, known, now);
      for (const change of changes.slice(0, MAX_TOLD)) this.#tell(connection, item, change);
      if (changes.length > MAX_TOLD)
        this.#tell(connection, item, { change: 'altered', name: OTHER });
    }
    this.#remember(connection, item, now);
    this.#write(servers);
  }

  /** What differs, which is known afterwards. */
  #changes(
    connection: Connection,
    item: DefinitionItem,
    known: Known,
    now: ReadonlyMap<string, string>,
  ): Change[] {
    const oneClient = connection.networkTransport === 'pipe';
    const changes: Change[] = [];
    for (const [name, digest] of now) {
      const before = known.get(name);
      const [previousDigest] = before ?? [];
      if (previousDigest === digest) continue;
      const isKnown = !oneClient && before?.includes(digest) === true;
      if (before === undefined && known.size >= MAX_NAMES) continue;
      known.set(
        name,
        [digest, ...(before ?? []).filter((one) => one !== digest)].slice(0, MAX_DIGESTS),
      );
      if (isKnown) continue;
      changes.push(
        previousDigest === undefined
          ? { change: 'added', name, digest }
          : { change: 'altered', name, digest, previousDigest },
      );
    }
    const offered = oneClient ? known.keys() : (this.#offered.get(connection)?.get(item) ?? []);
    for (const name of offered) {
      const [previousDigest] = known.get(name) ?? [];
      if (now.has(name) || previousDigest === undefined) continue;
      known.set(name, []);
      changes.push({ change: 'removed', name, previousDigest });
    }
    return changes;
  }

  #remember(connection: Connection, item: DefinitionItem, now: ReadonlyMap<string, string>): void {
    const offered = this.#offered.get(connection) ?? new Map<DefinitionItem, ReadonlySet<string>>();
    offered.set(item, new Set(now.keys()));
    this.#offered.set(connection, offered);
  }

  #digests(item: DefinitionItem, list: readonly object[]): Map<string, string> {
    const digests = new Map<string, string>();
    for (const one of list.slice(0, MAX_NAMES)) {
      const { name, uri } = one as { name?: unknown; uri?: unknown };
      const raw = item === 'resource' ? uri : name;
      const safe = this.#shared.scrub.name(raw, MAX_NAME);
      if (safe !== undefined) digests.set(safe, digestOf(one));
    }
    return digests;
  }

  /** The first list of its kind: nothing to compare it with. */
  #begin(connection: Connection, item: DefinitionItem, now: ReadonlyMap<string, string>): void {
    const payload = { item, definitions: Object.fromEntries(now) };
    this.#enter(connection, 'start', item, payload);
  }

  #tell(connection: Connection, item: DefinitionItem, change: Change): void {
    const { backend, guard } = this.#shared;
    const action = ACTIONS[change.change];
    const entryId = this.#enter(connection, action, change.name, { item, ...change });
    const record = { item, ...change, entryId, timeMicros: this.#shared.now() };
    guard('record', undefined, () => backend.config(record));
  }

  /** @returns the id of the entry, undefined where there is none */
  #enter(
    connection: Connection,
    action: string,
    target: string,
    payload: object,
  ): string | undefined {
    const { audit, guard, ids, now, scrub } = this.#shared;
    if (audit === undefined) return undefined;
    const timeMicros = now();
    const id = ids.uuidV7(Math.floor(timeMicros / 1000));
    const members = JSON.stringify(payload).slice(1);
    const { payload: about } = this.#views.of(connection);
    const written = guard('log', false, () =>
      audit.append({
        id,
        timeMicros,
        kind: 'config.changed',
        action,
        outcome: 'success',
        target,
        side: connection.role,
        rules: scrub.rules,
        payload: `{${about === '' ? '' : `${about},`}${members}`,
      }),
    );
    return written ? id : undefined;
  }

  // --- the store

  #read(): Map<string, Map<DefinitionItem, Known>> {
    const { audit, guard } = this.#shared;
    const text = guard('log', undefined, () => audit?.definitions?.read());
    return guard('record', new Map(), () => (text === undefined ? new Map() : parseKnown(text)));
  }

  #write(servers: ReadonlyMap<string, ReadonlyMap<DefinitionItem, Known>>): void {
    const { audit, guard } = this.#shared;
    guard('log', undefined, () => audit?.definitions?.write(formatKnown(servers)));
  }
}

/** `{"format":1,"servers":{"<name>":{"tool":{"<name>":["sha256:...", ...]}}}}`. */
function formatKnown(servers: ReadonlyMap<string, ReadonlyMap<DefinitionItem, Known>>): string {
  const entries = [...servers].map(([server, kinds]) => [
    server,
    Object.fromEntries([...kinds].map(([item, known]) => [item, Object.fromEntries(known)])),
  ]);
  return `${JSON.stringify({ format: 1, servers: Object.fromEntries(entries) })}\n`;
}

/** What is not of that form is left out: then it is a first list again. */
function parseKnown(text: string): Map<string, Map<DefinitionItem, Known>> {
  const { format, servers } = Object(JSON.parse(text)) as { format?: unknown; servers?: unknown };
  const all = new Map<string, Map<DefinitionItem, Known>>();
  if (format !== 1) return all;
  for (const [server, kinds] of Object.entries(Object(servers) as object)) {
    const known = new Map<DefinitionItem, Known>();
    for (const [item, names] of Object.entries(Object(kinds) as object))
      if (item === 'tool' || item === 'prompt' || item === 'resource')
        known.set(
          item,
          new Map(
            Object.entries(Object(names) as object).map(([name, digests]) => [
              name,
              textsOf(digests),
            ]),
          ),
        );
    all.set(server, known);
  }
  return all;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** See the file's header. What is deeper than 64 levels counts as null. */
function digestOf(definition: object): string {
  const plain: unknown = JSON.parse(JSON.stringify({ ...definition, _meta: undefined }));
  return `sha256:${hash('sha256', JSON.stringify(sorted(plain, 0)))}`;
}

function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((one) => sorted(one, depth + 1));
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, one]) => [key, sorted(one, depth + 1)]));
}
