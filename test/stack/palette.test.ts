/** The smaller form of the pictures (`../harness/palette.ts`). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chunksOf, pixelsOf, withPalette } from '../harness/palette.ts';
import { PICTURES } from '../harness/pictures.ts';

const shot = readFileSync(join(PICTURES, 'retention.png'));

describe('a picture with a palette', () => {
  const small = withPalette(shot);

  test('is smaller, of the same size in pixels, with at most 256 colours', () => {
    expect(small.length).toBeLessThan(shot.length / 2);
    const [header, palette] = chunksOf(small);
    expect(header?.data.subarray(0, 8)).toEqual(chunksOf(shot)[0]?.data.subarray(0, 8));
    expect(palette?.type).toBe('PLTE');
    expect(palette?.data.length).toBeLessThanOrEqual(3 * 256);
  });

  test('is not made of a picture that has one already', () => {
    expect(() => pixelsOf(small)).toThrow('in colour, not interlaced, was expected');
  });

  test('is not made of damaged bytes', () => {
    const damaged = Buffer.from(shot);
    damaged.writeUInt8(damaged.readUInt8(1_000) ^ 1, 1_000);
    expect(() => withPalette(damaged)).toThrow('is damaged');
    expect(() => withPalette(Buffer.from('GIF89a'))).toThrow('no PNG');
  });
});
