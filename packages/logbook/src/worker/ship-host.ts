/** The shipper's place in a worker: loaded with the first log, ended with the process, never throws. */
import type { MessagePort } from 'node:worker_threads';
import type { ShipSettings } from '../rows/settings.ts';
import type { Shipping } from './ship.ts';

/** What the exit leaves of its wait for the way back, and the least a shipper gets to end in. */
const DRAIN_MARGIN_MS = 100;
const MIN_DRAIN_MS = 50;

export class ShipHost {
  readonly #settings: ShipSettings | undefined;
  readonly #port: Pick<MessagePort, 'postMessage'>;
  readonly #tell: (line: string) => void;
  #shipping: Promise<Shipping> | undefined;

  /** @param settings undefined = nothing is shipped */
  constructor(
    settings: ShipSettings | undefined,
    port: Pick<MessagePort, 'postMessage'>,
    tell: (line: string) => void,
  ) {
    this.#settings = settings;
    this.#port = port;
    this.#tell = tell;
  }

  async follow(folder: string): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined) return;
    this.#shipping ??= import('./ship.ts').then(({ startShipping }) =>
      startShipping(settings, this.#port, this.#tell),
    );
    try {
      (await this.#shipping).follow(folder);
    } catch (error) {
      const { code } = Object(error);
      this.#tell(
        `the logs are not shipped (${typeof code === 'string' ? code : 'unknown error'}); entries stay in the local log`,
      );
    }
  }

  /** @param untilMs Unix time when the main thread stops waiting */
  async drain(untilMs: number): Promise<void> {
    const capMs = Math.max(MIN_DRAIN_MS, untilMs - Date.now() - DRAIN_MARGIN_MS);
    await (await this.#shipping?.catch(() => undefined))?.drain(capMs);
  }
}
