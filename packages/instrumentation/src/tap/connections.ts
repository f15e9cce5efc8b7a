/** The connections of servers without an SDK on HTTP: one for each session, and one for each request where there is none. */
import type { RecorderPort } from '../ports.ts';
import { Wire } from '../seam/wire.ts';
import type { Message } from './message.ts';

const MAX_PATHS = 100;
const MAX_SESSIONS = 1_000;

/** By session id; the oldest is let go of when there are too many (I10). */
const sessions = new Map<string, Wire>();
/** What the server behind a path said of itself: without sessions each request is a connection of its own. */
const serverInfos = new Map<string, object>();

/** The connection of a session, or a new one. */
export function connectionOf(path: string, id: string | undefined, recorder: RecorderPort): Wire {
  const known = id === undefined ? undefined : sessions.get(id);
  if (known !== undefined) return known;
  const wire = newConnection(path, id, recorder);
  if (id !== undefined) {
    const oldest = sessions.size >= MAX_SESSIONS ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) sessions.delete(oldest);
    sessions.set(id, wire);
  }
  return wire;
}

/** One that nobody else will ask for. */
export function newConnection(path: string, id: string | undefined, recorder: RecorderPort): Wire {
  const server = serverInfos.get(path);
  return new Wire(
    server === undefined ? {} : { _serverInfo: server },
    { handleRequest: true, ...(id !== undefined && { sessionId: id }) } as object,
    recorder,
  );
}

/** An answer left that may say who the server is. */
export function learnServer(path: string, message: Message): void {
  const info = (message as { result?: { serverInfo?: unknown } }).result?.serverInfo;
  if (typeof info === 'object' && info !== null && serverInfos.size < MAX_PATHS)
    serverInfos.set(path, info);
}
