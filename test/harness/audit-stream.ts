/**
 * A producer of audit records that sends numbered ones over OTLP, each batch again until it is acknowledged, as the
 * shipper does. Knows which were acknowledged and how long each acknowledgement took.
 */
import { logsBody, postOtlp } from './otlp-send.ts';

const ATTEMPT_MS = 100;

/** See the file's header. */
export class AuditStream {
  readonly name: string;
  /** Numbers that were acknowledged with 200. */
  readonly acknowledged: number[] = [];
  /** Milliseconds of each acknowledged request, its last attempt alone. */
  readonly waitsMs: number[] = [];
  #next = 0;
  #stopped = false;

  /** @param name unique in the test: part of every body */
  constructor(name: string) {
    this.name = name;
  }

  /** The body of record `n`. */
  body(n: number): string {
    return `{"stream":"${this.name}","seq":${n},"end":true}`;
  }

  /** One batch, until acknowledged or `stop`. */
  async batch(url: string, token: string, size: number): Promise<void> {
    const first = this.#next;
    this.#next += size;
    const numbers = Array.from({ length: size }, (_, i) => first + i);
    const body = logsBody(
      { service: this.name, scope: '@mcp-logbook/audit' },
      numbers.map((n) => ({
        eventName: 'mcp_logbook.audit',
        body: this.body(n),
        attributes: {
          'audit.sequence.number': n,
          'mcp_logbook.payload.sealed': 'c2VhbGVk'.repeat(40),
        },
      })),
    );
    while (!this.#stopped) {
      const from = performance.now();
      const status = await postOtlp(url, 'logs', body, token);
      if (status === 200) {
        this.acknowledged.push(...numbers);
        this.waitsMs.push(performance.now() - from);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
    }
  }

  /** Batches of `size`, one every `everyMs`, for `ms`. */
  async run(url: string, token: string, size: number, everyMs: number, ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end && !this.#stopped) {
      const from = performance.now();
      await this.batch(url, token, size);
      const left = everyMs - (performance.now() - from);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    }
  }

  /** Gives up what is not acknowledged yet. */
  stop(): void {
    this.#stopped = true;
  }

  /** Acknowledged numbers that none of `bodies` has. */
  missing(bodies: readonly Buffer[]): number[] {
    const text = bodies.map((body) => body.toString('latin1')).join('\n');
    const seen = new Set(
      [...text.matchAll(new RegExp(`"stream":"${this.name}","seq":(\\d+),"end"`, 'g'))].map(
        ([, number]) => Number(number),
      ),
    );
    return this.acknowledged.filter((n) => !seen.has(n));
  }

  /** The wait that a share of all acknowledgements stayed under, ms. */
  waitMs(share: number): number {
    const sorted = [...this.waitsMs].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  }
}
