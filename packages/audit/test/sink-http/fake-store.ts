/** A store in memory that counts, a decoder that reads one record a line, and what an observer heard. */
import { leafHash } from '../../src/hash.ts';
import { Frontier } from '../../src/tree.ts';
import type { SinkDecoders, SinkHttpObserver } from '../../src/sink/http/types.ts';
import type { SinkStore, StoredLeaf, Taken, WireRecord, WireSpan } from '../../src/sink/types.ts';

export interface Quarantined {
  readonly reason: string;
  readonly body: Buffer;
}

/** Keeps each record's body as a leaf; the id is the text before the first space. */
export class FakeStore implements SinkStore {
  readonly lines: string[] = [];
  readonly quarantined: Quarantined[] = [];
  readonly spans: WireSpan[] = [];
  readonly folder = 'none';
  readonly origin = 'fake/00000000';
  readonly vkey = 'fake/00000000+00000000+AAAA';
  readonly recipient = 'AAAA';
  /** Called before anything is kept: throws or waits. */
  before: () => void | Promise<void> = () => undefined;
  ready = true;
  closed = false;
  /** Leaves under the checkpoint; undefined = all. */
  checkpointSize: number | undefined;
  readonly #hashes: Buffer[] = [];
  readonly #byId = new Map<string, number>();

  async takeRecords(records: readonly WireRecord[]): Promise<Taken> {
    await this.before();
    let stored = 0;
    for (const { body } of records) if (this.add(body ?? '')) stored += 1;
    return { stored, duplicate: records.length - stored, conflict: 0, quarantined: 0 };
  }

  async takeSpans(spans: readonly WireSpan[]): Promise<Taken> {
    await this.before();
    this.spans.push(...spans);
    return { stored: spans.length, duplicate: 0, conflict: 0, quarantined: 0 };
  }

  async quarantineBody(
    body: AsyncIterable<Uint8Array> | Uint8Array,
    reason: string,
  ): Promise<void> {
    await this.before();
    const parts: Uint8Array[] = [];
    if (body instanceof Uint8Array) parts.push(body);
    else for await (const part of body) parts.push(part);
    this.quarantined.push({ reason, body: Buffer.concat(parts) });
  }

  add(line: string): boolean {
    const id = line.split(' ', 1)[0] ?? '';
    if (this.#byId.has(id)) return false;
    this.#byId.set(id, this.lines.length);
    this.lines.push(line);
    this.#hashes.push(leafHash(Buffer.from(line)));
    return true;
  }

  find(id: string): StoredLeaf | undefined {
    const index = this.#byId.get(id);
    return index === undefined ? undefined : { leaf: this.lines[index] ?? '', index };
  }

  leafHashes(first: number, count: number): readonly Uint8Array[] {
    return this.#hashes.slice(first, first + count);
  }

  leafLines(first: number, count: number): readonly string[] {
    return this.lines.slice(first, first + count);
  }

  checkpoint(): { note: string; size: number } {
    const size = this.checkpointSize ?? this.lines.length;
    const tree = Frontier.empty();
    for (const hash of this.#hashes.slice(0, size)) tree.append(hash);
    return { note: `${this.origin}\n${size}\n${tree.root().toString('base64')}\n`, size };
  }

  checkpointsOf(origin: string): readonly string[] {
    return origin === this.origin ? [this.checkpoint().note] : [];
  }

  gaps(): readonly [] {
    return [];
  }

  readiness(): { ready: boolean; reason?: string } {
    return this.ready ? { ready: true } : { ready: false, reason: 'rebuilding' };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Bodies of this test: lines; a body with `!` in it is garbage. */
export const lineDecoders: SinkDecoders = {
  logs: (body) =>
    linesOf(body).map((line) => ({
      eventName: 'mcp_logbook.audit',
      timeUnixNano: 0n,
      body: line,
      kind: undefined,
      sealed: undefined,
      clear: undefined,
    })),
  spans: (body) =>
    linesOf(body).map((line) => ({
      trace: line,
      span: '',
      startUnixNano: 0n,
      endUnixNano: 0n,
      isError: false,
      attributes: new Map(),
      service: '',
    })),
};

function linesOf(body: Uint8Array): string[] {
  const text = Buffer.from(body).toString();
  if (text.includes('!')) throw new Error('garbage');
  return text.split('\n');
}

/** Counts by name. */
export class Heard implements SinkHttpObserver {
  readonly counts: Record<string, number> = {};
  readonly problems: string[] = [];
  heartbeatAt = 0;

  records(result: string, count: number): void {
    this.#add(result, count);
  }

  acknowledged(): void {
    this.#add('acknowledged', 1);
  }

  unauthorized(path: string): void {
    this.#add(`unauthorized ${path}`, 1);
  }

  heartbeat(unixSeconds: number): void {
    this.heartbeatAt = unixSeconds;
  }

  delay(): void {}
  gaps(): void {}
  log(): void {}
  erasures(): void {}
  holds(): void {}
  expired(): void {}

  problem(error: Error): void {
    this.problems.push(error.message);
  }

  #add(name: string, count: number): void {
    this.counts[name] = (this.counts[name] ?? 0) + count;
  }
}
