/** One request of the doctor's, with what came back or why nothing did. Nothing here throws, and no secret is returned. */
import { connect as connectHttp2 } from 'node:http2';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A look takes no longer. */
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 4_096;

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** PEM. */
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

export type Answer =
  | {
      readonly status: number;
      /** The `Date` header, Unix milliseconds. */
      readonly dateMs: number | undefined;
      /** At most 4 KiB. */
      readonly text: string;
    }
  /** Low-cardinality: `ECONNREFUSED`, `timeout`. */
  | { readonly failed: string };

export function ask(url: URL, { method, headers, body, ...tls }: Ask): Promise<Answer> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ failed: signal.aborted ? 'timeout' : (error.code ?? 'no answer') });
    try {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-length': body.length }) },
        agent: false,
        signal,
        ...(url.protocol === 'https:' && tls),
      });
      request.once('error', fail);
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          if (text.length < MAX_BYTES) text += part;
        });
        response.once('error', fail);
        response.once('end', () => {
          const dateMs = Date.parse(response.headers.date ?? '');
          resolve({
            status: response.statusCode ?? 0,
            dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
            text,
          });
        });
      });
      request.end(body);
    } catch (error) {
      // A header or a certificate that Node.js refuses.
      fail(error as NodeJS.ErrnoException);
    }
  });
}

/** Whether something there speaks HTTP/2 from the first byte, as gRPC ports do. */
export function speaksHttp2(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connectHttp2(url.origin, { rejectUnauthorized: false });
    const end = (speaks: boolean): void => {
      clearTimeout(timer);
      session.destroy();
      resolve(speaks);
    };
    const timer = setTimeout(() => end(false), TIMEOUT_MS);
    session.once('remoteSettings', () => end(true));
    session.once('error', () => end(false));
    session.once('close', () => end(false));
  });
}
