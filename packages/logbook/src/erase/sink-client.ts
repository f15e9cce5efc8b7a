/**
 * Commands for the log of a sink on another machine, by its admin endpoint (`serve --admin-token-file`). The answer
 * comes from the network: it is checked before it is used.
 */
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AdminAnswer, type AdminError, type LogEnd, LogbookError } from '@mcp-logbook/audit';
import { UsageError } from '../cli/usage.ts';

/** Where the sink is and how to get in. */
export interface SinkAccess {
  readonly url: string;
  /** The admin token: first line. */
  readonly tokenFile: string;
  /** PEM files: authorities to trust instead of the system's; the client's own certificate and key. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The writer of a sink's log has ten minutes; then its answer says `waiting`. */
const TIMEOUT_MS = 660_000;
const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/**
 * Has the sink do one command.
 * @param name `erase`, `hold`, `lift`, `retain`
 * @throws UsageError when it refuses the command; LogbookError `ERR_LOGBOOK_UNKNOWN_PERSON`; Error when it cannot be
 * reached, does not let us in, or could not do it
 */
export async function askSink<T>(
  access: SinkAccess,
  name: string,
  fields: Readonly<Record<string, string | undefined>>,
): Promise<Omit<AdminAnswer, 'ends'> & { readonly ends: LogEnd<T>[] }> {
  const url = commandUrl(access.url, name);
  const { status, text } = await post(url, access, JSON.stringify(fields));
  const body: unknown = parse(text);
  if (status !== 200) throw refusalOf(url, status, Object(Object(body).error) as AdminError);
  const { ends } = Object(body) as Partial<AdminAnswer>;
  if (!Array.isArray(ends)) throw new Error(`"${url.origin}" does not answer as a sink does`);
  return {
    ...(body as AdminAnswer),
    ends: ends.map((end) => {
      const { folder, origin } = end;
      if ('failed' in end) return { folder, origin, failed: errorOf(end.failed) };
      if ('waiting' in end) return { folder, origin, waiting: true };
      // The sink's own result of this command.
      return { folder, origin, done: end.done as T };
    }),
  };
}

/** @throws UsageError */
function commandUrl(text: string, name: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new UsageError(
      '--sink is not an address of a sink',
      'give http://host:port or https://host:port, without credentials',
    );
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/admin/${name}`;
  url.search = '';
  return url;
}

async function post(
  url: URL,
  { tokenFile, ca, cert, key }: SinkAccess,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const pem = (path: string | undefined): Buffer | undefined =>
    path === undefined ? undefined : readGiven(path);
  const token = readGiven(tokenFile).toString().trim().split('\n')[0]?.trim() ?? '';
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(`token file "${tokenFile}" holds no token`, 'one token on its first line');
  const options = {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    },
    agent: false as const,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(url.protocol === 'https:' && { ca: pem(ca), cert: pem(cert), key: pem(key) }),
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
      request(url, options, resolve).once('error', reject).end(body);
    });
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of response) {
      bytes += (part as Buffer).length;
      if (bytes > MAX_ANSWER_BYTES) throw new Error('too large an answer');
      parts.push(part as Buffer);
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() };
  } catch (cause) {
    const { code } = Object(cause);
    const why = typeof code === 'string' ? code : 'the connection ended';
    throw new Error(
      `sink "${url.origin}" did not answer (${why}); what it had begun goes on when it runs again: ` +
        '`mcp-logbook query --kind erasure.completed` on its machine shows that',
      { cause },
    );
  }
}

function readGiven(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = Object(cause);
    throw new UsageError(
      `file "${path}" cannot be read (${String(code)})`,
      'name a file that this user may read',
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(url: URL, status: number, error: AdminError): Error {
  const { code, hint } = error;
  const said = typeof error.message === 'string' ? `: ${error.message}` : '';
  const message = `sink "${url.origin}" answers ${status}${said}`;
  if (code === 'ERR_LOGBOOK_UNKNOWN_PERSON') return errorOf({ ...error, message });
  if (status === 400 || status === 413)
    return new UsageError(message, hint ?? 'see mcp-logbook --help');
  return Object.assign(new Error(message), typeof hint === 'string' ? { hint } : {});
}

function errorOf({ code = 'ERR_LOGBOOK_IO', message, hint }: AdminError): LogbookError {
  return new LogbookError(code, message, hint === undefined ? {} : { hint });
}
