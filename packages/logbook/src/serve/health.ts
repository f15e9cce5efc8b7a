/** `serve --health`: asks a running sink whether it is ready. For health checks of containers, which have no curl. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A health check that takes longer has failed. */
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 4_096;

export interface Health {
  readonly ready: boolean;
  /** What it answered, or why it did not. */
  readonly text: string;
}

/**
 * Asks `<base>/readyz`. The certificate is not checked: nothing is sent, and the name on it is that of the service, not
 * of the loopback address that is asked.
 */
export function probe(base: URL): Promise<Health> {
  const url = new URL('/readyz', base);
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      agent: false,
    });
    request.once('error', (error: NodeJS.ErrnoException) =>
      resolve({
        ready: false,
        text: error.name === 'AbortError' ? 'no answer' : (error.code ?? error.message),
      }),
    );
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (text.length < MAX_BYTES) text += part;
      });
      response.once('error', () => resolve({ ready: false, text: 'broken answer' }));
      response.once('end', () =>
        resolve({ ready: response.statusCode === 200, text: text.trim().slice(0, 200) }),
      );
    });
    request.end();
  });
}
