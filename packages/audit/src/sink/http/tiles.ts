/**
 * The C2SP tlog-tiles read API over the central log (c2sp.org/tlog-tiles), made from the store on the fly.
 *
 *   /checkpoint                      the latest signed note
 *   /tile/<L>/<N>[.p/<W>]            W (or 256) hashes of 32 bytes: nodes of level 8L, from node 256N on
 *   /tile/entries/<N>[.p/<W>]        W (or 256) entries from 256N on: uint16 big-endian length, then the leaf line
 *
 * N is written in groups of three digits, all but the last with an `x` before them: 1234067 is `x001/x234/067`.
 * An entry is the leaf line without its newline, so SHA-256(0x00 || entry) is the leaf's hash in the tree.
 * Only what the latest checkpoint covers is served. Full tiles never change (I1, I2).
 */
import type { SinkStore } from '../types.ts';
import { ByteCache } from './byte-cache.ts';
import { HashTree, TILE_WIDTH } from './hash-tree.ts';

/** Highest level that the format allows. */
const MAX_LEVEL = 63;
const MAX_ENTRY_BYTES = 65_535;
/** Of entry bundles and level 0 tiles; a full bundle is some 100 KiB. */
const CACHE_BYTES = 8 * 2 ** 20;

/** What a tile path asks for. */
export interface TileName {
  readonly level: number | 'entries';
  readonly n: number;
  /** 256 = the full tile. */
  readonly width: number;
}

/** One tile. `full`: it will never change. */
export interface Tile {
  readonly bytes: Buffer;
  readonly full: boolean;
}

/** Reads a path below `/tile/`; undefined when it is not exactly one that `formatTilePath` gives. */
export function parseTilePath(path: string): TileName | undefined {
  const parts = /^(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(
    path,
  );
  if (parts === null) return undefined;
  const [, levelText = '', digits = '', widthText] = parts;
  const name: TileName = {
    level: levelText === 'entries' ? 'entries' : Number(levelText),
    n: Number(digits.replaceAll(/[x/]/g, '')),
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  };
  if (typeof name.level === 'number' && name.level > MAX_LEVEL) return undefined;
  if (widthText !== undefined && name.width >= TILE_WIDTH) return undefined;
  return formatTilePath(name) === path ? name : undefined;
}

/** Inverse of `parseTilePath`. */
export function formatTilePath({ level, n, width }: TileName): string {
  const groups = [String(n % 1000).padStart(3, '0')];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return `${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** An entry and its way into the tree of a checkpoint. */
export interface EntryProof {
  readonly leaf: string;
  readonly index: number;
  /** The signed note that the proof leads to. */
  readonly checkpoint: string;
  /** RFC 6962 inclusion proof, nearest sibling first. */
  readonly proof: readonly Buffer[];
}

export class Tiles {
  readonly #store: SinkStore;
  readonly #tree: HashTree;
  readonly #cache = new ByteCache(CACHE_BYTES);

  constructor(store: SinkStore) {
    this.#store = store;
    this.#tree = new HashTree((first, count) => store.leafHashes(first, count));
  }

  /** A tile, or undefined when the latest checkpoint has not so many nodes there. */
  async tile(name: TileName): Promise<Tile | undefined> {
    const { level, n, width } = name;
    const { size } = this.#store.checkpoint();
    const nodes = Math.floor(size / TILE_WIDTH ** (level === 'entries' ? 0 : level));
    if (n * TILE_WIDTH + width > nodes) return undefined;
    const full = width === TILE_WIDTH;
    if (level !== 'entries' && level > 0) {
      await this.#tree.ready(size);
      return { bytes: this.#tree.tile(level, n, width), full };
    }
    const make = (): Buffer =>
      level === 'entries'
        ? bundle(this.#store.leafLines(n * TILE_WIDTH, width))
        : this.#tree.tile(0, n, width);
    return { bytes: full ? this.#cache.get(`${level}/${n}`, make) : make(), full };
  }

  /** An entry with its proof; `pending`: it is in the log, and no checkpoint covers it yet. */
  async entry(id: string): Promise<EntryProof | 'pending' | undefined> {
    const found = this.#store.find(id);
    if (found === undefined) return undefined;
    const { note, size } = this.#store.checkpoint();
    if (found.index >= size) return 'pending';
    await this.#tree.ready(size);
    return {
      leaf: found.leaf,
      index: found.index,
      checkpoint: note,
      proof: this.#tree.inclusionProof(found.index, size),
    };
  }
}

function bundle(lines: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const line of lines) {
    const entry = Buffer.from(line);
    // A leaf is below 8 KiB by its own rules: this cannot be.
    if (entry.length > MAX_ENTRY_BYTES) throw new Error('a leaf is longer than an entry may be');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}
