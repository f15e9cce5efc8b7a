/**
 * One alert to its webhook: POST of JSON, tried five times within about forty seconds. Runs in the alert worker.
 *
 * The address may hold a secret (Slack's do): it is in no message. `file:` names a file that holds it.
 */
import { readFileSync } from 'node:fs';

const ATTEMPT_MS = 10_000;
/** Waits between attempts. */
const WAITS_MS: readonly number[] = [500, 2_000, 8_000, 20_000];

export interface DeliverSeams {
  readonly wait?: (ms: number) => Promise<void>;
}

/** @returns undefined when it was taken, else why not */
export async function deliver(
  url: string,
  alert: object,
  { wait = waited }: DeliverSeams = {},
): Promise<string | undefined> {
  let why: string | undefined;
  for (let attempt = 0; attempt <= WAITS_MS.length; attempt += 1) {
    if (attempt > 0) await wait(WAITS_MS[attempt - 1] ?? 0);
    try {
      const response = await fetch(addressOf(url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'mcp-logbook' },
        body: JSON.stringify(alert),
        redirect: 'manual',
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      why = `it answers ${response.status}`;
      // Our fault or its settings: coming again does not help.
      if (response.status < 500 && response.status !== 408 && response.status !== 429) return why;
    } catch (error) {
      why = reasonOf(error);
    }
  }
  return why;
}

function addressOf(url: string): string {
  return url.startsWith('file:') ? readFileSync(new URL(url), 'utf8').trim() : url;
}

/** An error code and nothing more: messages of `fetch` and `URL` quote the address. */
function reasonOf(error: unknown): string {
  for (const each of [Object(error).cause, error]) {
    const { code, name } = Object(each);
    if (typeof code === 'string') return code;
    if (name === 'TimeoutError') return 'no answer in time';
  }
  return 'it cannot be reached';
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
