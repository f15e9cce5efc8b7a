/**
 * A receiver of the audit port on loopback: gzipped protobuf, of which it reads what any outsider can, the leaf lines
 * that stand in it byte for byte (audit.md 5). It can refuse, and be slow.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** See the file's header. */
export class AuditReceiver {
  endpoint = '';
  /** Answered to each body. */
  status = 200;
  /** Longest wait before an answer. */
  delayMs = 0;
  /** Ids of the entries in accepted bodies, in order of arrival. */
  readonly ids: string[] = [];
  requests = 0;
  /** Every body that came, accepted or not. */
  readonly bodies: string[] = [];
  readonly #server = createServer();

  static async start(): Promise<AuditReceiver> {
    const receiver = new AuditReceiver();
    const server = receiver.#server;
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        receiver.requests += 1;
        const text = gunzipSync(Buffer.concat(chunks)).toString('latin1');
        receiver.bodies.push(text);
        setTimeout(() => {
          if (receiver.status === 200) receiver.ids.push(...idsOf(text));
          response.writeHead(receiver.status).end();
        }, receiver.delayMs);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a TCP port has such an address.
    receiver.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return receiver;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function idsOf(text: string): string[] {
  return [...text.matchAll(/\{"leaf":\{"v":1,"id":"([0-9a-f-]{36})"/g)].map(([, id = '']) => id);
}
