/** One HTTP request by hand: `fetch` would not send a `Host` of ours, nor a wrong content type untouched. */
import { request } from 'node:http';
import { connect } from 'node:http2';

/** A request of the table. */
export interface Ask {
  readonly method?: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends it to loopback and reads the whole answer, or the first `until` of it. */
export function send(port: number, ask: Ask, until?: RegExp): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method: ask.method ?? 'POST',
        path: ask.path,
        headers: ask.headers ?? {},
        agent: false,
      },
      (response) => {
        let body = '';
        const done = (): void =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
          if (until?.test(body) === true) {
            done();
            sent.destroy();
          }
        });
        response.on('end', done).on('error', () => done());
      },
    );
    sent.on('error', reject).end(ask.body);
  });
}

/** The same over HTTP/2, a connection each; the host is said in both ways that servers look for. */
export function sendByHttp2(port: number, ask: Ask, until?: RegExp): Promise<Answer> {
  const host = ask.headers?.['host'] ?? `127.0.0.1:${port}`;
  const client = connect(`http://127.0.0.1:${port}`);
  return new Promise<Answer>((resolve, reject) => {
    const sent = client.request({
      ':method': ask.method ?? 'POST',
      ':path': ask.path,
      ':authority': host,
      host,
      // node:http says it by itself.
      ...(ask.body !== undefined && { 'content-length': String(Buffer.byteLength(ask.body)) }),
      ...ask.headers,
    });
    client.on('error', reject);
    sent.once('response', (head) => {
      const { ':status': status = 0, ...headers } = head;
      let body = '';
      const done = (): void => resolve({ status, headers: { ...headers }, body });
      sent.setEncoding('utf8').on('data', (text: string) => {
        body += text;
        if (until?.test(body) === true) done();
      });
      sent.once('end', done);
    });
    sent.on('error', reject).end(ask.body);
  }).finally(() => client.destroy());
}

/** The session id that an answer names. */
export function sessionIn({ headers }: Answer): string | undefined {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}

/** What may differ between two runs: dates, ids and secrets that the server made up, how much of a limit is left, ports. */
export function comparable({ status, headers, body }: Answer): unknown {
  // An etag is a digest of the body, which is compared itself.
  const { date: _date, etag: _etag, ...rest } = headers;
  const text = JSON.stringify({ headers: rest, body });
  return [
    status,
    text
      .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
      .replace(/127\.0\.0\.1(?::|%3A)\d+/g, '<self>')
      .replace(/"(x-ratelimit|ratelimit|content-length|retry-after)[\w-]*":"[^"]*"/g, '"$1":"<n>"')
      .replace(/client_id_issued_at\\":\d+/g, 'client_id_issued_at\\":0')
      .replace(/client_secret_expires_at\\":\d+/g, 'client_secret_expires_at\\":0'),
  ];
}
