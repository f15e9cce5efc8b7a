/**
 * List answers of one connection, page by page: what a server offers is known once the last page has passed. A list that
 * begins anew, or goes on from a page that was not seen, gives up what was gathered before.
 */
import type { DefinitionItem } from '../exchange.ts';

const ITEMS: ReadonlyMap<string, readonly [item: DefinitionItem, key: string]> = new Map([
  ['tools/list', ['tool', 'tools']],
  ['prompts/list', ['prompt', 'prompts']],
  ['resources/list', ['resource', 'resources']],
]);
/** Definitions gathered of one list (I10). */
const MAX_ITEMS = 2_000;

/** A whole list. */
export interface Listed {
  readonly item: DefinitionItem;
  readonly list: readonly object[];
}

interface Gathered {
  readonly list: readonly object[];
  /** Cursor of the page that comes next. */
  readonly next: string;
}

/** See the file's header. */
export class Lists {
  readonly #gathered = new Map<DefinitionItem, Gathered>();

  /**
   * A list was answered.
   * @param cursor of the request; undefined for the first page
   * @returns the list, once it is whole
   */
  page(method: string, cursor: unknown, result: unknown): Listed | undefined {
    const known = ITEMS.get(method);
    if (known === undefined || typeof result !== 'object' || result === null) return undefined;
    const [item, key] = known;
    const { [key]: page, nextCursor } = result as Record<string, unknown>;
    const before = this.#gathered.get(item);
    this.#gathered.delete(item);
    if (!Array.isArray(page)) return undefined;
    if (cursor !== undefined && cursor !== before?.next) return undefined;
    const list = [...(cursor === undefined ? [] : (before?.list ?? [])), ...page.filter(isObject)];
    if (typeof nextCursor !== 'string') return { item, list };
    if (list.length < MAX_ITEMS) this.#gathered.set(item, { list, next: nextCursor });
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
