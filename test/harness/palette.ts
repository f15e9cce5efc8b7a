/**
 * Screenshots with a palette of 256 colours: a third of the size, flat areas as before, soft shades coarser. Format: PNG
 * (RFC 2083); reads what browsers write (8 bits a channel, not interlaced), writes one byte a pixel.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const COLOURS = 256;
/** RFC 2083, 4.1.1: bytes a pixel of the colour types read here. */
const DEPTH: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

/** A chunk. */
export interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** Type and content of the chunks of a PNG, in order (RFC 2083, 3.2). @throws Error for anything else */
export function chunksOf(file: Buffer): readonly Chunk[] {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error('no PNG');
  const chunks = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const data = file.subarray(at + 8, at + 8 + length);
    if (crc32(file.subarray(at + 4, at + 8 + length)) !== file.readUInt32BE(at + 8 + length))
      throw new Error(`the chunk ${type} at ${at} is damaged`);
    chunks.push({ type, data });
    at += length + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  data.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, data.length + 8)), data.length + 8);
  return whole;
}

/** What a filter adds back, by its type (RFC 2083, 6). @param a left @param b above @param c above left */
function predicted(filter: number, a: number, b: number, c: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return a;
  if (filter === 2) return b;
  if (filter === 3) return (a + b) >> 1;
  if (filter !== 4) throw new Error(`the filter ${filter} is unknown`);
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

/** A picture as one number a pixel: 0xrrggbb. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint32Array;
}

/** @throws Error for a PNG of a form that browsers do not write */
export function pixelsOf(file: Buffer): Pixels {
  const chunks = chunksOf(file);
  const header = chunks[0]?.data ?? Buffer.alloc(13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const depth = DEPTH[header[9] ?? 0];
  if (depth === undefined || header[8] !== 8 || header[12] !== 0)
    throw new Error('a PNG with 8 bits a channel, in colour, not interlaced, was expected');
  const raw = inflateSync(
    Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)),
  );
  const stride = width * depth;
  const rgb = new Uint32Array(width * height);
  let above: Uint8Array = new Uint8Array(stride);
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1);
    const filter = raw[start] ?? 0;
    const line = raw.subarray(start + 1, start + 1 + stride);
    for (let x = 0; x < stride; x += 1) {
      const left = x < depth ? 0 : (line[x - depth] ?? 0);
      const corner = x < depth ? 0 : (above[x - depth] ?? 0);
      line[x] = (line[x] ?? 0) + predicted(filter, left, above[x] ?? 0, corner);
    }
    for (let x = 0; x < width; x += 1) rgb[y * width + x] = line.readUIntBE(x * depth, 3);
    above = line;
  }
  return { width, height, rgb };
}

function distance(a: number, b: number): number {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return red * red + green * green + blue * blue;
}

/**
 * Colours that stand for all: the most frequent ones first, each at least `apart` from the others; `apart` grows until
 * they suffice.
 */
function paletteOf(rgb: Uint32Array): readonly number[] {
  const counts = new Map<number, number>();
  for (const colour of rgb) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const byCount = [...counts].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour);
  for (let apart = 0; ; apart = apart * 2 + 1) {
    const palette: number[] = [];
    for (const colour of byCount) {
      if (palette.every((known) => distance(known, colour) > apart)) palette.push(colour);
      if (palette.length > COLOURS) break;
    }
    if (palette.length <= COLOURS) return palette;
  }
}

/** The same picture with at most 256 colours, each pixel the nearest of them. */
export function withPalette(file: Buffer): Buffer {
  const { width, height, rgb } = pixelsOf(file);
  const palette = paletteOf(rgb);
  const nearest = new Map<number, number>();
  const lines = Buffer.alloc((width + 1) * height);
  for (const [at, colour] of rgb.entries()) {
    let index = nearest.get(colour);
    if (index === undefined) {
      const far = palette.map((known) => distance(known, colour));
      index = far.indexOf(Math.min(...far));
      nearest.set(colour, index);
    }
    lines[at + Math.floor(at / width) + 1] = index;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const colours = Buffer.alloc(palette.length * 3);
  for (const [index, colour] of palette.entries()) colours.writeUIntBE(colour, index * 3, 3);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
