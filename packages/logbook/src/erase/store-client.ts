/** HTTP to Loki or Tempo for `erase`: one base URL, an optional bearer token, errors that name the store. */
import { readFileSync } from 'node:fs';
import { UsageError } from '../cli/usage.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

export class StoreClient {
  readonly #name: string;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param option that names the store, e.g. `--loki`
   * @throws UsageError for what is not a base URL without credentials, or an unreadable token file
   */
  constructor(option: string, url: string, tokenFile: string | undefined) {
    const base = URL.parse(url);
    if (
      base === null ||
      !/^https?:$/.test(base.protocol) ||
      base.username !== '' ||
      base.password !== ''
    )
      throw new UsageError(
        `${option} is not an address`,
        'give http://host:port or https://host:port, and a token in a file',
      );
    this.#name = `${option} "${base.origin}"`;
    this.#base = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
    this.#headers =
      tokenFile === undefined ? {} : { authorization: `Bearer ${tokenOf(tokenFile)}` };
  }

  /**
   * One request. @returns the text of a 2xx answer
   * @param meanings what a status means there
   * @throws Error with the store's name, status and what it said first
   */
  async send(
    method: 'GET' | 'POST',
    path: string,
    meanings: Readonly<Record<number, string>> = {},
  ): Promise<string> {
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`${this.#base}${path}`, {
        method,
        headers: this.#headers,
        signal,
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      const { code } = Object(Object(cause).cause);
      throw new Error(
        `${this.#name} does not answer${typeof code === 'string' ? ` (${code})` : ''}`,
        { cause },
      );
    }
    if (status >= 200 && status < 300 && text.length <= MAX_ANSWER_BYTES) return text;
    const said = meanings[status] ?? text.trim().split('\n')[0]?.slice(0, 200) ?? '';
    throw new Error(`${this.#name} answers ${status}: ${said}`);
  }

  /** @throws Error as `send` */
  async json(path: string): Promise<unknown> {
    const text = await this.send('GET', path);
    try {
      return JSON.parse(text);
    } catch {
      throw this.strange();
    }
  }

  /** An answer that this store does not give. */
  strange(): Error {
    return new Error(`${this.#name} does not answer as such a store does`);
  }
}

function tokenOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim().split('\n')[0]?.trim() ?? '';
  } catch {
    throw new UsageError(
      `token file "${path}" cannot be read`,
      'name a file that this user may read',
    );
  }
}
