/**
 * Loki, Tempo and Prometheus as far as their OTLP intakes go: three base URLs that keep what came, decoded. The
 * collector must be told to send JSON there: `JSON_TO_STORES` is the layer that does it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { decodeLogs, decodePoints, decodeSpans } from './otlp.ts';
import type { OtlpLog, OtlpPoint, OtlpSpan } from './otlp.ts';

/** Last layer for a collector whose stores are fakes: readable bodies, small waits. */
export const JSON_TO_STORES = `
exporters:
  otlp_http/loki: { encoding: json }
  otlp_http/tempo: { encoding: json }
  otlp_http/prometheus: { encoding: json }
`;

/** See the file's header. */
export class FakeStores {
  readonly url: string;
  readonly logs: OtlpLog[] = [];
  readonly spans: OtlpSpan[] = [];
  readonly points: OtlpPoint[] = [];
  /** Every body as text: to look for what must not be there. */
  readonly bodies: string[] = [];
  /** Paths that were asked for. */
  readonly paths = new Set<string>();
  /** While true, nobody is answered: a store that hangs. */
  hang = false;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<FakeStores> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stores = new FakeStores(server, port);
    server.on('request', (request, response) => {
      stores.#take(request, response).catch((error: unknown) => {
        response.writeHead(400).end(String(error));
      });
    });
    return stores;
  }

  /** Variables that point a collector here. */
  get env(): Readonly<Record<string, string>> {
    return { LOKI_URL: this.url, TEMPO_URL: this.url, PROMETHEUS_URL: this.url };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    // A stream without an encoding yields Buffers only.
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.hang) return;
    const raw = Buffer.concat(chunks);
    const text = (
      request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    ).toString();
    const path = request.url ?? '';
    this.paths.add(path);
    this.bodies.push(text);
    const body: unknown = JSON.parse(text);
    // Loki, Tempo and Prometheus, each by the path of its own intake.
    if (path === '/otlp/v1/logs') this.logs.push(...decodeLogs(body));
    else if (path === '/v1/traces') this.spans.push(...decodeSpans(body));
    else if (path === '/api/v1/otlp/v1/metrics') this.points.push(...decodePoints(body));
    else throw new Error(`no such path "${path}"`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }
}

/** A record's body where it is a text, else nothing. */
export function bodyText({ body }: OtlpLog): string {
  return typeof body === 'string' ? body : '';
}
