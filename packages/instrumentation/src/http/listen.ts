/**
 * `subscriptions/listen` over HTTP (MCP 2026-07-28): `createMcpHandler` answers it itself, with a stream that stays open
 * until one side closes it. No server gets the message, so it is read from the request here; its call lasts as long as the
 * stream. Known by the header `mcp-method`, which the SDK has compared with the body before it answers 200.
 */
import type { Connection } from '../exchange.ts';
import type { Identified } from '../identity.ts';
import type { RecorderPort } from '../ports.ts';
import { httpPeer, markMcp, versionOf, type HttpExchange } from './store.ts';
import { bodyOf, sentOf } from './tap.ts';
import { fieldsOf } from '../values.ts';

const METHOD = 'subscriptions/listen';
const MODERN = 'io.modelcontextprotocol/';

/** Whether a request says that it is one. */
export function isListen(exchange: HttpExchange): boolean {
  return exchange.request.headers['mcp-method'] === METHOD;
}

/** The head of the answer is about to be written: the call begins, and ends with the response. */
export function watchListen(
  exchange: HttpExchange,
  status: number,
  who: Identified,
  recorder: RecorderPort,
): void {
  if (status !== 200 || exchange.isMcp === true) return;
  const { id, method, params } = sentOf(exchange) ?? {};
  if (method !== METHOD) return;
  markMcp();
  const meta = fieldsOf(fieldsOf(params)['_meta']);
  const peer = httpPeer(exchange);
  const call = recorder.begin({
    side: 'server',
    method: METHOD,
    requestId: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
    params,
    meta,
    connection: connectionOf(exchange, meta),
    ...who,
    peer,
  });
  const { response } = exchange;
  const isStream = String(
    response.getHeader('content-type') ?? exchange.sentHeaders?.['content-type'] ?? '',
  );
  response.once('close', () => {
    try {
      const error = isStream.includes('event-stream') ? undefined : bodyOf(exchange)?.['error'];
      const { code, message } = fieldsOf(error);
      recorder.end(
        call,
        typeof code === 'number'
          ? { type: 'error', code, message: typeof message === 'string' ? message : '' }
          : // Over HTTP/2 an answer that was cut off is finished, too, without being ended.
            response.writableFinished && response.writableEnded
            ? { type: 'result', result: {} }
            : { type: 'cancelled' },
      );
    } catch {
      // Telemetry never breaks a server (I8).
    }
  });
}

function connectionOf(
  { request }: HttpExchange,
  meta: Readonly<Record<string, unknown>>,
): Connection {
  const { name, version } = fieldsOf(meta[`${MODERN}clientInfo`]);
  const revision = meta[`${MODERN}protocolVersion`];
  return {
    role: 'server',
    stateless: true,
    networkTransport: 'tcp',
    networkProtocolName: 'http',
    networkProtocolVersion: versionOf(request),
    ...(typeof name === 'string' && { clientName: name }),
    ...(typeof version === 'string' && { clientVersion: version }),
    ...(typeof revision === 'string' && { protocolVersion: revision }),
    resourceName: () => undefined,
    isRegistered: () => undefined,
    toolAnnotations: () => undefined,
  };
}
