/**
 * The producer numbers of one log: without a gap, from 1 (I7). A dropped entry burns its number, and a later entry names
 * it: the log's own news (log-news.ts) go before whatever is written next. Their numbers are free again when that write
 * fails, since nothing has a later one.
 */
import { ClockWatch } from './clock.ts';
import { controlEntry, type ControlEntry } from './control.ts';
import type { AuditEntry } from './entry.ts';
import { LogNews } from './log-news.ts';
import type { DropReason, SafeObserver } from './observer.ts';
import type { Numbered } from './queue.ts';

export class LogNumbers {
  readonly #nowMicros: () => number;
  readonly #observer: SafeObserver;
  readonly #news: LogNews;
  #given: number;
  /** Numbers of the news that are being written. */
  #ofNews: { readonly first: number; readonly last: number } | undefined;

  /**
   * @param seq number of the last entry in the log
   * @param given last number given out: those above `seq` are lost
   * @param steadyMs without it no steps of the clock are looked for
   */
  constructor(
    { seq, given }: { readonly seq: number; readonly given: number },
    nowMicros: () => number,
    steadyMs: (() => number) | undefined,
    observer: SafeObserver,
  ) {
    this.#nowMicros = nowMicros;
    this.#observer = observer;
    this.#news = new LogNews(steadyMs && new ClockWatch(nowMicros, steadyMs));
    this.#given = given;
    if (given > seq) this.#news.burned(seq + 1, given, 'lost');
  }

  /** Last number given out, burned ones included. */
  get given(): number {
    return this.#given;
  }

  number(entry: AuditEntry): Numbered {
    this.#given += 1;
    return { entry, seq: this.#given, startMs: performance.now() };
  }

  /** An entry about the log itself, of now. */
  control(control: ControlEntry): Numbered {
    return this.number(controlEntry(control, this.#nowMicros()));
  }

  /** The batch, behind the log's own news: `written` or `drop` follows. */
  withNews<T>(batch: readonly T[]): readonly (T | Numbered)[] {
    const controls = this.#news.controls();
    if (controls.length === 0) return batch;
    const first = this.#given + 1;
    const news = controls.map((control) => this.control(control));
    this.#ofNews = { first, last: this.#given };
    return [...news, ...batch];
  }

  /** What `withNews` gave is in the log. */
  written(): void {
    if (this.#ofNews === undefined) return;
    this.#ofNews = undefined;
    this.#news.told();
  }

  /** Entries will not be written: their numbers are burned. */
  drop(batch: readonly Numbered[], reason: DropReason): false {
    if (this.#ofNews?.last === this.#given) this.#given = this.#ofNews.first - 1;
    this.#ofNews = undefined;
    for (const { seq } of batch) {
      this.#observer.dropped(reason);
      this.#news.burned(seq, seq, reason);
    }
    return false;
  }
}
