/**
 * An OTLP/HTTP receiver on loopback that keeps what it was sent, decoded and as raw bytes, and that can misbehave.
 *
 * Takes `POST /v1/{traces,logs,metrics}` in JSON, plain or gzip. Protobuf is answered 415 with the variable to set,
 * and noted in `rejected`, so that a wrong exporter shows as a failed test and not as silence. Faults apply to
 * requests that arrive after `fault` was set; nothing of a faulted request counts as received.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { decodeLogs, decodePoints, decodeSpans } from './otlp.ts';
import type { OtlpLog, OtlpPoint, OtlpSpan } from './otlp.ts';
import { eventually } from './wait.ts';

/** `slow` answers after `slowMs`, `hang` never. A receiver that is down is `deadEndpoint()`. */
export type ReceiverFault = 'none' | 'slow' | 'hang' | '500' | '404';

/** Largest body accepted: far above any batch of ours, low enough that a runaway exporter fails a test. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** See the file's header. */
export class Receiver {
  /** Base URL for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  fault: ReceiverFault = 'none';
  slowMs = 2_000;
  readonly spans: OtlpSpan[] = [];
  readonly logs: OtlpLog[] = [];
  readonly points: OtlpPoint[] = [];
  /** Every decoded body, as text, faulted ones included: what left the process. */
  readonly bodies: string[] = [];
  /** Headers of every request, faulted ones included. */
  readonly headers: string[] = [];
  /** What could not be taken, in words. */
  readonly rejected: string[] = [];
  /** Requests that arrived, faulted ones included. */
  requests = 0;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new Receiver(server, portOf(server));
    server.on('request', (request, response) => {
      receiver.#take(request, response).catch((error: unknown) => {
        receiver.rejected.push(String(error));
        if (!response.headersSent) response.writeHead(400).end(String(error));
      });
    });
    return receiver;
  }

  /** Everything that arrived, as one text to search in. */
  get wire(): string {
    return [...this.headers, ...this.bodies].join('\n');
  }

  /** Latest point of each series of one metric: cumulative exporters repeat them. */
  latest(metric: string): OtlpPoint[] {
    const series = new Map<string, OtlpPoint>();
    for (const point of this.points) {
      if (point.metric === metric) series.set(seriesKey(point), point);
    }
    return [...series.values()];
  }

  /** Resolves once `condition` holds; rejects with what had arrived by the deadline. */
  async until(condition: (receiver: Receiver) => boolean, timeoutMs = 10_000): Promise<void> {
    await eventually(
      () => condition(this),
      timeoutMs,
      () =>
        `receiver has ${this.spans.length} spans, ${this.logs.length} records, ${this.points.length} points; ` +
        `rejected: ${this.rejected.join('; ') || 'nothing'}`,
    );
  }

  clear(): void {
    for (const list of [
      this.spans,
      this.logs,
      this.points,
      this.bodies,
      this.headers,
      this.rejected,
    ]) {
      list.length = 0;
    }
    this.requests = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    this.headers.push(JSON.stringify(request.headers));
    const body = await readBody(request);
    const type = request.headers['content-type'] ?? '';
    if (!type.startsWith('application/json')) {
      const message = `this receiver takes JSON only, got "${type}": set OTEL_EXPORTER_OTLP_PROTOCOL=http/json`;
      this.rejected.push(message);
      response.writeHead(415, { 'content-type': 'text/plain' }).end(message);
      return;
    }
    const json = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    this.bodies.push(json.toString('utf8'));
    const fault = this.fault;
    if (fault === 'hang') return;
    if (fault === '500' || fault === '404') {
      response.writeHead(Number(fault), { 'content-type': 'application/json' }).end('{}');
      return;
    }
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    this.#store(request.url ?? '', JSON.parse(json.toString('utf8')));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }

  #store(path: string, body: unknown): void {
    switch (path) {
      case '/v1/traces':
        this.spans.push(...decodeSpans(body));
        return;
      case '/v1/logs':
        this.logs.push(...decodeLogs(body));
        return;
      case '/v1/metrics':
        this.points.push(...decodePoints(body));
        return;
      default:
        throw new Error(`no such path "${path}"`);
    }
  }
}

/** A loopback URL where nothing listens: its port was free a moment ago. */
export async function deadEndpoint(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    // A stream without an encoding yields Buffers only.
    const part = chunk as Buffer;
    sizeBytes += part.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error('body over 64 MiB');
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function seriesKey(point: OtlpPoint): string {
  return JSON.stringify([point.resource['service.instance.id'], Object.entries(point.attributes)]);
}
