/**
 * A sink that keeps what it is sent and can be told to misbehave in each way a real one may: for tests of the way to it.
 * Takes JSON (decoded) and protobuf (kept as bytes), plain or gzip, on `/v1/logs` and `/v1/traces`, and a bearer token. A faulted request is not
 * stored; `timeout` stores and never answers, which is how duplicates come to be.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { decodeLogs, decodeSpans } from './otlp.ts';
import type { OtlpLog, OtlpSpan } from './otlp.ts';
import { bodyText } from './fake-stores.ts';

/** Last layer for a collector whose sink is this one: bodies it can decode. Without it they are kept as they are. */
export const JSON_TO_SINK = `
exporters:
  otlp_http/audit: { encoding: json }
`;
/** The same for the exporter of stray records. */
export const JSON_TO_STRAY_SINK = `
exporters:
  otlp_http/stray_audit: { encoding: json }
`;

/**
 * `busy`: 503 with Retry-After 1. `timeout`: stores, then never answers. `away`: the connection is cut. `refuses`: 400,
 * which the real sink never answers.
 */
export type SinkFault = 'none' | 'busy' | 'timeout' | 'away' | 'refuses';

/** See the file's header. */
export class FakeSink {
  readonly url: string;
  fault: SinkFault = 'none';
  /** Of bodies in JSON. */
  readonly records: OtlpLog[] = [];
  readonly spans: OtlpSpan[] = [];
  /** Bodies in protobuf, decompressed: strings stand in them byte for byte. */
  readonly raw: Buffer[] = [];
  /** Requests with a wrong or no token; answered 503 as the real sink does. */
  unauthorized = 0;
  requests = 0;
  /** Largest body seen, bytes after decompression. */
  largestBody = 0;
  readonly #server: Server;
  readonly #isToken: (given: string) => boolean;

  private constructor(server: Server, port: number, isToken: (given: string) => boolean) {
    this.#server = server;
    this.#isToken = isToken;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param isToken asked at each request whether it wants this token */
  static async start(isToken: (given: string) => boolean): Promise<FakeSink> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const sink = new FakeSink(server, port, isToken);
    server.on('request', (request, response) => {
      sink.#take(request, response).catch(() => response.destroy());
    });
    return sink;
  }

  /** Bodies of all records, once each. */
  get bodies(): ReadonlySet<string> {
    return new Set(this.records.map(bodyText));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    if (this.fault === 'away') {
      request.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    // A stream without an encoding yields Buffers only.
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isAllowed = this.#isToken((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    if (!isAllowed) this.unauthorized += 1;
    if (!isAllowed || this.fault === 'busy') {
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    if (this.fault === 'refuses') {
      response.writeHead(400).end();
      return;
    }
    const raw = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    this.largestBody = Math.max(this.largestBody, body.length);
    const isLogs = request.url === '/v1/logs';
    if (!isLogs && request.url !== '/v1/traces') throw new Error(`no such path "${request.url}"`);
    if (request.headers['content-type'] !== 'application/json') this.raw.push(body);
    else if (isLogs) this.records.push(...decodeLogs(JSON.parse(body.toString())));
    else this.spans.push(...decodeSpans(JSON.parse(body.toString())));
    if (this.fault === 'timeout') return;
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }
}
