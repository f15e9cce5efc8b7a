/**
 * The calls that wait for the groups of the central log (store.ts), in order. A call is done when the group of its last item
 * is on disk; its items may be spread over several groups, and a group may be of many calls.
 */
import type { Group, Item, Results } from './group.ts';

export const GROUP_ITEMS = 1024;
export const GROUP_BYTES: number = 256 * 1024;

/** One call that waits. */
export interface Waiter {
  readonly items: readonly Item[];
  readonly results: Results;
  /** The first item that is in no group yet. */
  at: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Waiting {
  #waiters: Waiter[] = [];
  #items = 0;

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** Whether there is enough for a whole group. */
  get isGroup(): boolean {
    return this.#items >= GROUP_ITEMS;
  }

  /** Resolves when all of the items are on disk. */
  add(items: readonly Item[], results: Results): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiters.push({ items, results, at: 0, resolve, reject });
      this.#items += items.length;
    });
  }

  /** Puts items into a group, and the waiters they are of into `inIt`; done ones are not waiting any more. */
  fill(group: Group, inIt: Waiter[]): void {
    let items = 0;
    let bytes = 0;
    try {
      for (const waiter of this.#waiters) {
        if (items >= GROUP_ITEMS || bytes >= GROUP_BYTES) break;
        inIt.push(waiter);
        while (waiter.at < waiter.items.length && items < GROUP_ITEMS && bytes < GROUP_BYTES) {
          const item = waiter.items[waiter.at];
          if (item === undefined) break;
          waiter.at += 1;
          items += 1;
          if (item.type === 'leaf') bytes += item.line.length + (item.plain?.length ?? 0);
          group.add(item, waiter.results);
        }
      }
    } finally {
      this.#items -= items;
      this.#waiters = this.#waiters.filter(({ at, items: all }) => at < all.length);
    }
  }

  /** Refuses the waiters of a group that failed, with what of them is in none yet. */
  refuse(waiters: readonly Waiter[], error: Error): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (!waiters.includes(waiter)) return true;
      this.#items -= waiter.items.length - waiter.at;
      return false;
    });
    for (const waiter of waiters) waiter.reject(error);
  }

  /** Refuses all of them. */
  refuseAll(error: Error): void {
    this.refuse(this.#waiters, error);
  }
}
