/**
 * One POST to the audit port at a time, with the credentials of that moment. Says what became of it and never throws:
 * `accepted` only for a 2xx that took every record (OTLP's partial_success counts as refused), everything else is to be
 * tried again, whatever the status (stack.md 0: a lost record is worse than a late one).
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { LogbookError } from '../errors.ts';
import { ProtoReader } from '../otlp/protobuf.ts';
import { parseToken, WatchedFile } from './watched-file.ts';

/** Files with credentials; all optional, all read again when they change. */
export interface Credentials {
  /** Bearer token. */
  readonly tokenFile?: string | undefined;
  /** PEM of certificate authorities to trust instead of the system's. */
  readonly certificate?: string | undefined;
  /** PEM of the client's key and certificate. */
  readonly clientKey?: string | undefined;
  readonly clientCertificate?: string | undefined;
}

export type Outcome =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** Low-cardinality: `401`, `ECONNREFUSED`, `timeout`, `partial`, `credentials`. */
      readonly reason: string;
      /** What is wrong, when it is on our side. */
      readonly cause?: LogbookError;
      readonly retryAfterMs?: number;
    };

/** From the first byte sent to the last one received. */
const TIMEOUT_MS = 30_000;
/** Longest Retry-After that is believed. */
const MAX_RETRY_AFTER_MS = 300_000;
/** An OTLP answer is some bytes; an error page is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export class AuditClient {
  readonly #url: URL;
  readonly #token: WatchedFile<string> | undefined;
  readonly #pem: readonly (readonly ['ca' | 'key' | 'cert', WatchedFile<string>])[];
  readonly #timeoutMs: number;
  #agent: HttpAgent | HttpsAgent | undefined;
  #agentPems: readonly string[] = [];

  constructor(url: URL, credentials: Credentials, timeoutMs: number = TIMEOUT_MS) {
    const { tokenFile, certificate, clientKey, clientCertificate } = credentials;
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    if (tokenFile !== undefined) this.#token = new WatchedFile(tokenFile, 'token', parseToken);
    const pems = [
      ['ca', certificate],
      ['key', clientKey],
      ['cert', clientCertificate],
    ] as const;
    this.#pem = pems.flatMap(([name, path]) =>
      path === undefined ? [] : [[name, new WatchedFile(path, `TLS ${name}`, String)] as const],
    );
  }

  /** Sends one gzipped protobuf body. */
  async post(body: Uint8Array, stop: AbortSignal): Promise<Outcome> {
    let headers: Record<string, string | number>;
    let agent: HttpAgent | HttpsAgent;
    try {
      headers = {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'content-length': body.length,
        'user-agent': 'mcp-logbook-shipper',
      };
      if (this.#token !== undefined) headers['authorization'] = `Bearer ${this.#token.read()}`;
      agent = this.#currentAgent();
    } catch (cause) {
      // A token that is being replaced is there again at the next try.
      return refused('credentials', cause instanceof LogbookError ? { cause } : {});
    }
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const signal = AbortSignal.any([stop, timeout]);
    try {
      const answer = await this.#send(body, headers, agent, signal);
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) {
        const rejected = rejectedOf(answer, await readAnswer(answer));
        return rejected ? refused('partial') : { accepted: true };
      }
      const retryAfterMs = retryAfterOf(answer.headers['retry-after'], Date.now());
      // Read to its end, so that the connection can be used again; a long one is cut off.
      await readAnswer(answer).catch(() => undefined);
      return refused(String(status), retryAfterMs === undefined ? {} : { retryAfterMs });
    } catch (error) {
      if (timeout.aborted) return refused('timeout');
      const { code } = Object(error);
      return refused(stop.aborted ? 'stopped' : typeof code === 'string' ? code : 'no answer');
    }
  }

  close(): void {
    this.#agent?.destroy();
  }

  #send(
    body: Uint8Array,
    headers: Record<string, string | number>,
    agent: HttpAgent | HttpsAgent,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const request = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { method: 'POST', headers, agent, signal }, resolve);
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** The connections; new ones once a certificate changed. */
  #currentAgent(): HttpAgent | HttpsAgent {
    const pems = this.#pem.map(([, file]) => file.read());
    if (this.#agent !== undefined && pems.every((pem, n) => pem === this.#agentPems[n]))
      return this.#agent;
    this.#agent?.destroy();
    this.#agentPems = pems;
    const options = { keepAlive: true, maxSockets: 8 };
    this.#agent =
      this.#url.protocol === 'https:'
        ? new HttpsAgent({
            ...options,
            minVersion: 'TLSv1.2',
            ...Object.fromEntries(this.#pem.map(([name], n) => [name, pems[n]])),
          })
        : new HttpAgent(options);
    return this.#agent;
  }
}

/** Milliseconds of a Retry-After, given as seconds or as a date. */
export function retryAfterOf(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}

function refused(
  reason: string,
  more: { readonly cause?: LogbookError; readonly retryAfterMs?: number } = {},
): Outcome {
  return { accepted: false, reason, ...more };
}

async function readAnswer(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    // Leaving the loop destroys the connection.
    if (size > MAX_ANSWER_BYTES) throw new Error('answer too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * Whether an OTLP answer says that records were rejected: ExportLogsServiceResponse { 1 partial_success { 1 rejected
 * int64 } }. An answer in another form rejects nothing.
 */
function rejectedOf(answer: IncomingMessage, body: Buffer): boolean {
  try {
    if (answer.headers['content-type']?.startsWith('application/json') === true) {
      const { partialSuccess } = Object(JSON.parse(body.toString()));
      return Number(Object(partialSuccess).rejectedLogRecords ?? 0) > 0;
    }
    const reader = new ProtoReader(body);
    let rejected = false;
    while (reader.seek(1)) {
      const outside = reader.enter();
      while (reader.seek(1)) rejected ||= reader.int64() > 0n;
      reader.leave(outside);
    }
    return rejected;
  } catch {
    return false;
  }
}
