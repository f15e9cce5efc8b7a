/** A collector of the tests: takes bodies as the sink does, answers as told, keeps what it accepted. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeLogs } from '../../src/otlp/decode.ts';
import type { WireRecord } from '../../src/sink/types.ts';

/** An answer; `hang` = none at all. */
export type Answer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: Buffer }
  | 'hang';

export interface Receiver {
  readonly url: string;
  /** Bodies that came, accepted or not. */
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly records: WireRecord[] }[];
  /** Records that were answered with 200, in order. */
  readonly accepted: WireRecord[];
  /** Said for each body; default 200. */
  answer: (request: number, headers: IncomingHttpHeaders) => Answer;
  /** Most bodies that were open at once. */
  readonly mostOpen: () => number;
  close(): Promise<void>;
}

export async function startReceiver(server: Server = createServer()): Promise<Receiver> {
  let open = 0;
  let most = 0;
  const receiver = {
    url: '',
    requests: [] as Receiver['requests'],
    accepted: [] as WireRecord[],
    answer: ((): Answer => ({ status: 200 })) as Receiver['answer'],
    mostOpen: () => most,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request, response) => {
    open += 1;
    most = Math.max(most, open);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('close', () => {
      open -= 1;
    });
    request.on('end', () => {
      const records = decodeLogs(gunzipSync(Buffer.concat(chunks)), 'proto');
      const answer = receiver.answer(receiver.requests.length, request.headers);
      receiver.requests.push({ headers: request.headers, records });
      if (request.url !== '/v1/logs') throw new Error(`unexpected path ${request.url}`);
      if (answer === 'hang') return;
      if (answer.status === 200 && answer.body === undefined) receiver.accepted.push(...records);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  receiver.url = `${'key' in server ? 'https' : 'http'}://127.0.0.1:${port}`;
  return receiver;
}

/** Ids of the entries among records, in order. */
export function idsOf(records: readonly WireRecord[]): string[] {
  return records.flatMap(({ body, kind }) =>
    kind === 'checkpoint.observed' ? [] : [String(JSON.parse(body ?? '').leaf.id)],
  );
}

/** Waits for a condition, with a deadline. */
export async function until(condition: () => boolean, what: string, ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
