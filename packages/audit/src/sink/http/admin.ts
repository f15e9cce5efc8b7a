/**
 * The door of the admin endpoint: `POST /admin/<command>` (admin/command.ts says what), with a token of its own, small
 * bodies, honest statuses. Without a token file it does not exist.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LogbookError } from '../../errors.ts';
import { errorOf, parseCommand, type AdminError } from '../admin/command.ts';
import type { AdminOutcome, AdminPort } from '../admin/runner.ts';
import type { Credentials } from './credentials.ts';
import type { SinkHttpObserver } from './types.ts';

/** A user id is at most some hundred characters, a reason 1,024. */
const MAX_BODY_BYTES = 16_384;
export const ADMIN_PREFIX = '/admin/';

export interface AdminParts {
  readonly port: AdminPort;
  readonly credentials: Credentials;
  readonly observer: SinkHttpObserver;
}

type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

export class AdminDoor {
  readonly #parts: AdminParts | undefined;

  /** @param parts undefined: the endpoint is off */
  constructor(parts: AdminParts | undefined) {
    this.#parts = parts;
  }

  /** Answers one request; never throws. `begin` tells a waiting sender to go on (Expect: 100-continue). */
  async handle(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    begin: () => void,
  ): Promise<void> {
    let answer: Answer;
    try {
      answer = await this.#answer(path.slice(ADMIN_PREFIX.length), request, begin);
    } catch (error) {
      // The caller went away in the middle of the body, or what is not foreseen.
      if (!response.destroyed && !request.destroyed)
        this.#parts?.observer.problem(
          error instanceof Error ? error : new Error('unknown failure'),
        );
      answer = [500, { error: errorOf(error) }];
    }
    if (response.destroyed) return;
    const [status, body, headers] = answer;
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      // What is left of a refused body is not read.
      ...(!request.readableEnded && { connection: 'close' }),
      ...headers,
    });
    response.end(text);
  }

  async #answer(name: string, request: IncomingMessage, begin: () => void): Promise<Answer> {
    if (this.#parts === undefined)
      return refusal(404, {
        message: 'the admin endpoint of this sink is off',
        hint: 'start the sink with --admin-token-file',
      });
    const { credentials, observer, port } = this.#parts;
    if (credentials.caller(request) === undefined) {
      observer.unauthorized('admin');
      const headers = { 'www-authenticate': 'Bearer realm="mcp-logbook admin"' };
      const message = 'wrong or missing admin token';
      const hint = "it is a line of the sink's --admin-token-file, not the token of the audit port";
      return [401, { error: { message, hint } }, headers];
    }
    if (request.method !== 'POST')
      return [405, { error: { message: 'commands are POST requests' } }, { allow: 'POST' }];
    begin();
    const body = await readText(request);
    if (body === undefined)
      return refusal(413, { message: `the body is larger than ${MAX_BODY_BYTES} bytes` });
    let command;
    try {
      command = parseCommand(name, body);
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      return refusal(400, errorOf(error));
    }
    if (command === undefined)
      return refusal(404, { message: 'no such command; there are erase, hold, lift and retain' });
    return answerOf(await port.run(command));
  }
}

function answerOf(outcome: AdminOutcome): Answer {
  if ('answer' in outcome) return [200, outcome.answer];
  const { reason, error } = outcome;
  if (reason === 'busy') return [429, { error }, { 'retry-after': '10' }];
  if (reason === 'closing') return [503, { error }, { 'retry-after': '10' }];
  if (error.code === 'ERR_LOGBOOK_USAGE') return refusal(400, error);
  return refusal(error.code === 'ERR_LOGBOOK_UNKNOWN_PERSON' ? 404 : 500, error);
}

function refusal(status: number, error: AdminError): Answer {
  return [status, { error }];
}

/** The body as text, or undefined when it is too large. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    bytes += (part as Buffer).length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}
