/**
 * Requests over HTTP/2. Node.js has no channel for them: those of `node:http` know nothing of HTTP/2, those of its streams
 * (from Node.js 24 on) have neither request nor response. So the events of the server itself are looked at on their way,
 * and each request is told as `http.server.request.start` would be. Loaded at the first connection to such a server.
 *
 * Seen are servers by the API in the manner of `node:http` (`'request'`), not those that handle `'stream'` themselves.
 */
import { channel } from 'node:diagnostics_channel';
import { HTTP2_REQUEST } from './doors.ts';
import { around } from './streams.ts';

const REQUESTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation']);
const started = channel(HTTP2_REQUEST);

/** Begins to tell of the requests of one server. */
export function watchHttp2Server(server: object): void {
  around(server, 'emit', (emit, args) => {
    const [event, request, response] = args;
    // With `allowHTTP1` the other requests come by node:http.
    if (!REQUESTS.has(event) || (request as { httpVersionMajor?: unknown }).httpVersionMajor !== 2)
      return emit(...args);
    // What is bound to the channel holds for this request alone: others share its connection.
    return started.runStores({ request, response }, () => emit(...args));
  });
}
