/**
 * A proxy on loopback that can be a bad network or a bad neighbour, and that measures how long the other side takes to
 * answer. Plain HTTP/1.1; bodies pass through untouched.
 */
import { Agent, createServer, request as send, type Server } from 'node:http';

/**
 * `busy`: 503 with Retry-After 1, nothing forwarded. `cut`: the connection is cut, nothing forwarded.
 * `late`: forwarded and stored, but the answer is lost with its connection, which is how duplicates come to be.
 * `thief`: 200, nothing forwarded: what a queue that lost its items looks like from both sides.
 */
type Weather = 'fair' | 'busy' | 'cut' | 'late' | 'thief';

/** See the file's header. */
export class StormProxy {
  readonly url: string;
  weather: Weather = 'fair';
  /** Base URL behind the proxy. */
  target = '';
  /** Last byte of the request to first byte of the answer, ms, of requests in fair weather. */
  readonly answerMs: number[] = [];
  /** Requests that got bad weather. */
  disturbed = 0;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(server: Server) {
    this.#server = server;
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<StormProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new StormProxy(server);
    server.on('request', (request, response) => {
      const { weather } = proxy;
      if (weather !== 'fair') proxy.disturbed += 1;
      if (weather === 'cut') return void request.socket.destroy();
      if (weather === 'busy' || weather === 'thief') {
        request.resume();
        request.on('end', () => {
          if (weather === 'busy') response.writeHead(503, { 'retry-after': '1' }).end();
          else response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
        });
        return;
      }
      const { method, headers } = request;
      const url = new URL(request.url ?? '/', proxy.target);
      const forward = send(url, { method, headers, agent: proxy.#agent });
      let sentAt = performance.now();
      forward.on('response', (answer) => {
        if (weather === 'late') return void request.socket.destroy();
        proxy.answerMs.push(performance.now() - sentAt);
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forward.on('error', () => request.socket.destroy());
      request.on('end', () => {
        sentAt = performance.now();
      });
      request.pipe(forward);
    });
    return proxy;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** The value below which `share` of the values lie. @throws RangeError of an empty list */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new RangeError('no values');
  return value;
}
