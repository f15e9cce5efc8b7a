/**
 * The verifier keys of one log, in the order in which it was signed with them (audit.md 2).
 *
 * A log's signing key is replaced by an entry of its own: `key.rotated` with target `signing <vkey>`, which names the new
 * key under the log's name. The commit over that entry carries both signatures, so the old key vouches for the new one and
 * the new one for everything before; later commits carry the new one alone. So who has any of the keys from elsewhere can
 * follow the chain through the log itself, and a stolen old key signs nothing that counts any more.
 * (`master <n>` as target says that the keyring has a new master; verification has nothing to do with it.)
 */
import { LogbookError } from './errors.ts';
import type { LogIdentity } from './folder.ts';
import type { Leaf } from './leaf.ts';
import { parseVkey, type Verifier } from './note.ts';
import { openCommit, type OpenedCommit } from './verify-lines.ts';

export const KEY_ROTATED = 'key.rotated';

/** Target of the entry about a new signing key. */
export function rotationTarget(vkey: string): string {
  return `signing ${vkey}`;
}

/** The new key that a leaf names; undefined when it is about something else. @throws LogbookError for a key that is none */
export function rotatedKey(leaf: Leaf): Verifier | undefined {
  const [what, vkey = ''] = (leaf.target ?? '').split(' ');
  return leaf.kind === KEY_ROTATED && what === 'signing' ? parseVkey(vkey) : undefined;
}

/**
 * Keys that `log.json` names, oldest first. It lags behind the log for a moment when a key is rotated.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MALFORMED`
 */
export function listedKeys({ origin, vkey, rotated }: LogIdentity): Verifier[] {
  return [vkey, ...(rotated ?? [])].map((each) => {
    const verifier = parseVkey(each);
    if (verifier.name === origin) return verifier;
    const message = `verifier key "${verifier.name}" is not of log "${origin}"`;
    throw new LogbookError('ERR_LOGBOOK_KEY_MALFORMED', message);
  });
}

/** Keys up to a place in the log. */
export class KeyChain {
  readonly name: string;
  readonly #keys: Verifier[];
  /** Named by an entry that no commit signs yet. */
  #next: Verifier | undefined;

  /** @param keys oldest first, at least one */
  constructor(keys: readonly Verifier[]) {
    this.#keys = [...keys];
    this.name = keys[0]?.name ?? '';
  }

  /**
   * The chain behind a commit.
   * @param candidates all keys the log may have had, oldest first
   * @throws LogbookError when none of them signed it, or two that do not follow each other
   */
  static behind(note: string, candidates: readonly Verifier[]): KeyChain {
    let failure: unknown;
    for (let last = candidates.length - 1; last >= 0; last -= 1) {
      for (const first of [last, last - 1]) {
        if (first < 0) continue;
        try {
          openCommit(note, candidates.slice(first, last + 1));
          return new KeyChain(candidates.slice(0, last + 1));
        } catch (error) {
          failure ??= error;
        }
      }
    }
    throw failure;
  }

  /** Oldest first; the last signs now. */
  get keys(): readonly Verifier[] {
    return this.#keys;
  }

  /** The key that the next commit brings in. */
  get next(): Verifier | undefined {
    return this.#next;
  }

  /** Takes a leaf of the log's own stream. @returns what is wrong with the key it names */
  take(leaf: Leaf): string | undefined {
    try {
      const next = rotatedKey(leaf);
      if (next === undefined) return undefined;
      if (next.name !== this.name) return `names a key of "${next.name}"`;
      this.#next = next;
      return undefined;
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      return error.message;
    }
  }

  /**
   * Opens the commit that comes next: the current key must have signed it, a new one as well, and no other. The new key
   * is the current one then, in any case: one damaged commit shall not make all later ones look so.
   * @throws LogbookError
   */
  open(note: string): OpenedCommit {
    const { signers } = this;
    if (this.#next !== undefined) this.#keys.push(this.#next);
    this.#next = undefined;
    return openCommit(note, signers);
  }

  /** Who must sign the next commit. */
  get signers(): readonly Verifier[] {
    const current = this.#keys.slice(-1);
    return this.#next === undefined ? current : [...current, this.#next];
  }

  clone(): KeyChain {
    const copy = new KeyChain(this.#keys);
    copy.#next = this.#next;
    return copy;
  }
}
