/** A front door over the fake store, and requests down to the bytes on the socket. */
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { startSinkServer, type SinkServerParts } from '../../src/sink/http/server.ts';
import { DEFAULT_SINK_LIMITS, type SinkLimits } from '../../src/sink/http/types.ts';
import { FakeStore, Heard, lineDecoders } from './fake-store.ts';

export interface Door {
  readonly store: FakeStore;
  readonly heard: Heard;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a server on a free loopback port. */
export async function openDoor(
  parts: Partial<Omit<SinkServerParts, 'limits'>> & { readonly limits?: Partial<SinkLimits> } = {},
): Promise<Door> {
  const store = new FakeStore();
  const heard = new Heard();
  const server = await startSinkServer({
    store,
    observer: heard,
    decoders: lineDecoders,
    host: '127.0.0.1',
    port: 0,
    ...parts,
    limits: { ...DEFAULT_SINK_LIMITS, ...parts.limits },
  });
  return { store, heard, port: server.port, close: () => server.close() };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** One request; a protobuf POST to `/v1/logs` unless said otherwise. */
export async function send(port: number, sent: Sent): Promise<Reply> {
  const request = httpRequest({
    host: '127.0.0.1',
    port,
    method: sent.method ?? 'POST',
    path: sent.path ?? '/v1/logs',
    headers: { 'content-type': 'application/x-protobuf', ...sent.headers },
    ...(sent.agent !== undefined && { agent: sent.agent }),
  });
  request.end(sent.body);
  return await replyOf(request);
}

/** Waits for the answer of a client request. */
export async function replyOf(request: ReturnType<typeof httpRequest>): Promise<Reply> {
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    text: body.toString(),
  };
}

/** Writes bytes as they are and gives all that came back until the server closed. */
export async function raw(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => undefined);
  for (const piece of pieces) socket.write(piece);
  await once(socket, 'close');
  return Buffer.concat(parts).toString('latin1');
}
