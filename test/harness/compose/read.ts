/** Small readers of the compose test: over HTTP, of the folder of secrets, and a webhook that keeps what it is told. */
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Folder with ca.crt, client.crt and client.key. */
  readonly tls?: string;
}

interface Answer {
  readonly code: number | undefined;
  readonly text: string;
}

/**
 * Status of an answer; undefined when the other side ended the connection instead. Without `tls` no client certificate
 * is shown and the server's is not checked, so that what is seen is the server's refusal.
 */
export async function status(url: string, asked: Asked = {}): Promise<number | undefined> {
  return (await ask(url, asked)).code;
}

/** Number of entries of the central log, from its signed checkpoint. */
export async function centralSize(
  base: string,
  token: string,
  { folder }: { readonly folder: string },
): Promise<number> {
  const { code, text } = await ask(`${base}/checkpoint`, {
    headers: { authorization: `Bearer ${token}` },
    tls: folder,
  });
  const size = Number(text.split('\n')[1]);
  if (code !== 200 || !Number.isInteger(size))
    throw new Error(`checkpoint: ${code} ${text.slice(0, 200)}`);
  return size;
}

export interface Webhook {
  readonly url: string;
  /** Of all requests so far. */
  readonly bodies: readonly string[];
  close(): void;
}

/** Answers every request on a free port of one address with 200. */
export async function listen(address: string): Promise<Webhook> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (text += part));
    request.once('end', () => {
      bodies.push(text);
      response.end('ok');
    });
  });
  await once(server.listen(0, address), 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://${address}:${port}/`, bodies, close };
}

/** All files below a folder, sorted. */
export function everyFile(folder: string): string[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? everyFile(path) : [path]));
}

function ask(url: string, { method = 'GET', headers = {}, body, tls }: Asked): Promise<Answer> {
  const https = url.startsWith('https:');
  const files =
    https && tls !== undefined
      ? {
          ca: readFileSync(join(tls, 'ca.crt')),
          cert: readFileSync(join(tls, 'client.crt')),
          key: readFileSync(join(tls, 'client.key')),
        }
      : { rejectUnauthorized: false };
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(10_000);
    const options = { method, headers, signal, agent: false, ...files };
    const request = (https ? httpsRequest : httpRequest)(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.once('end', () => resolve({ code: response.statusCode, text }));
      response.once('error', (error) => resolve({ code: undefined, text: error.message }));
    });
    request.once('error', (error) => resolve({ code: undefined, text: error.message }));
    request.end(body);
  });
}
