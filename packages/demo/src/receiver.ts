/**
 * An OTLP/HTTP JSON receiver on loopback: stands where a collector would, and keeps every byte it was sent, so that
 * the demo can search the raw wire for secrets and not only what it decoded.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { pointsOf, recordsOf, spansOf } from './otlp.ts';
import type { SeenPoint, SeenRecord, SeenSpan } from './otlp.ts';

/** Above any batch of the demo; a body beyond it is refused. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** See the file's header. */
export class Receiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: SeenSpan[] = [];
  readonly records: SeenRecord[] = [];
  /** Latest point of each series; exporters repeat them, cumulative. */
  readonly points: Map<string, SeenPoint> = new Map();
  /** Headers and bodies as they came, unpacked. */
  readonly wire: string[] = [];
  /** Requests that could not be read. */
  readonly problems: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      receiver.#take(request).then(
        () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
        (error: unknown) => {
          receiver.problems.push(error instanceof Error ? error.message : 'unreadable request');
          response.writeHead(400).end();
        },
      );
    });
    return receiver;
  }

  /** Sum of a metric over the series that `matches` accepts. */
  total(name: string, matches: (point: SeenPoint) => boolean = () => true): number {
    return [...this.points.values()]
      .filter((point) => point.name === name && matches(point))
      .reduce((sum, point) => sum + point.value, 0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage): Promise<void> {
    const body = await bodyOf(request);
    const json = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const text = json.toString('utf8');
    this.wire.push(JSON.stringify(request.headers), text);
    const parsed: unknown = JSON.parse(text);
    if (request.url === '/v1/traces') this.spans.push(...spansOf(parsed));
    else if (request.url === '/v1/logs') this.records.push(...recordsOf(parsed));
    else if (request.url === '/v1/metrics') {
      for (const point of pointsOf(parsed)) this.points.set(seriesOf(point), point);
    } else throw new Error(`no such path "${request.url ?? ''}"`);
  }
}

function seriesOf(point: SeenPoint): string {
  return JSON.stringify([point.origin, point.name, [...point.attributes]]);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
