/**
 * Everything that only reads: health, metrics, one entry with its proof, the C2SP tiles.
 * `/healthz` and `/readyz` are open, since they say nothing about the log; all else needs the credentials of the intake,
 * and here wrong ones are an honest 401: nobody loses evidence by reading.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SinkStore } from '../types.ts';
import type { Credentials } from './credentials.ts';
import { parseTilePath, Tiles, type EntryProof } from './tiles.ts';
import type { SinkHttpObserver } from './types.ts';

/** Gives the text of `/metrics`, Prometheus text format 0.0.4. */
export type MetricsText = () => Promise<string>;

export interface ReadParts {
  readonly store: SinkStore;
  readonly credentials: Credentials;
  readonly observer: SinkHttpObserver;
  readonly metrics?: MetricsText | undefined;
  /** Why the front door is not ready although the store is. */
  readonly closing: () => boolean;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export class ReadApi {
  readonly #parts: ReadParts;
  readonly #tiles: Tiles;

  constructor(parts: ReadParts) {
    this.#parts = parts;
    this.#tiles = new Tiles(parts.store);
  }

  /** Answers one request; never throws. */
  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(path, request);
    } catch (error) {
      this.#parts.observer.problem(error instanceof Error ? error : new Error('unknown failure'));
      answer = { status: 500, body: 'failure\n' };
    }
    if (response.destroyed) return;
    const body = Buffer.from(answer.body);
    response.writeHead(answer.status, {
      'content-type': answer.type ?? TEXT,
      'content-length': body.length,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ...(this.#parts.closing() && { connection: 'close' }),
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #answer(path: string, request: IncomingMessage): Promise<Answer> {
    const { store, credentials, observer, metrics } = this.#parts;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (path === '/healthz' && reads) return { status: 200, body: 'ok\n' };
    if (path === '/readyz' && reads) return this.#ready();
    if (credentials.caller(request) === undefined) {
      observer.unauthorized('read');
      const headers = { 'www-authenticate': 'Bearer realm="mcp-logbook"' };
      return { status: 401, headers, body: 'wrong or missing credentials\n' };
    }
    if (!reads)
      return { status: 405, headers: { allow: 'GET, HEAD' }, body: 'only GET is possible here\n' };
    if (path === '/metrics' && metrics !== undefined)
      return {
        status: 200,
        type: `text/plain; version=0.0.4; charset=utf-8`,
        body: await metrics(),
      };
    if (path === '/checkpoint') return { status: 200, body: store.checkpoint().note };
    if (path.startsWith('/checkpoints/'))
      return this.#checkpoints(path.slice('/checkpoints/'.length));
    if (path.startsWith('/tile/')) return this.#tile(path.slice('/tile/'.length));
    if (path.startsWith('/entries/')) return this.#entry(path.slice('/entries/'.length));
    return { status: 404, body: 'no such path\n' };
  }

  #ready(): Answer {
    if (this.#parts.closing()) return { status: 503, body: 'closing\n' };
    const { ready, reason } = this.#parts.store.readiness();
    return ready
      ? { status: 200, body: 'ready\n' }
      : { status: 503, body: `${reason ?? 'not ready'}\n` };
  }

  /** In the form of `checkpoints.jsonl`; empty for a log that nothing is known of. */
  #checkpoints(origin: string): Answer {
    const notes = this.#parts.store.checkpointsOf(origin);
    const lines = notes.map((checkpoint) => `${JSON.stringify({ checkpoint })}\n`);
    return { status: 200, type: 'application/jsonl', body: lines.join('') };
  }

  async #tile(path: string): Promise<Answer> {
    const name = parseTilePath(path);
    const tile = name === undefined ? undefined : await this.#tiles.tile(name);
    if (tile === undefined) return { status: 404, body: 'no such tile\n' };
    return {
      status: 200,
      type: 'application/octet-stream',
      ...(tile.full && { headers: { 'cache-control': 'max-age=31536000, immutable' } }),
      body: tile.bytes,
    };
  }

  async #entry(id: string): Promise<Answer> {
    const found = UUID.test(id) ? await this.#tiles.entry(id) : undefined;
    if (found === undefined) return json(404, { error: 'no such entry' });
    if (found === 'pending')
      return json(404, { error: 'not under a checkpoint yet' }, { 'retry-after': '1' });
    return json(200, entryBody(id, found));
  }
}

/** `leaf` is the exact line as text: its bytes are what the proof starts from. */
function entryBody(id: string, { leaf, index, checkpoint, proof }: EntryProof): object {
  return {
    id,
    index,
    leaf,
    proof: proof.map((hash) => hash.toString('base64')),
    checkpoint,
  };
}

function json(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, type: JSON_TYPE, headers, body: `${JSON.stringify(body)}\n` };
}
