/** The committed pictures of the dashboards (`pictures.ts` takes them), looked at without a Grafana. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DASHBOARDS } from '@mcp-logbook/grafana';
import { describe, expect, test } from 'vitest';
import { chunksOf } from '../harness/palette.ts';
import { MAX_PICTURE_BYTES, pictureOf, PICTURES } from '../harness/pictures.ts';
import { verifies } from '../requirements.ts';

verifies('M4.7');

/** Narrower ones cannot be read. */
const LEAST_WIDTH = 1_000;
/** A page without panels is smaller. */
const LEAST_BYTES = 40 * 1_024;

describe('docs/pictures', () => {
  test('has one picture for each dashboard and nothing else', () => {
    expect(readdirSync(PICTURES).toSorted()).toEqual(DASHBOARDS.map(pictureOf).toSorted());
    expect(DASHBOARDS.length).toBe(7);
  });

  for (const dashboard of DASHBOARDS) {
    test(`${pictureOf(dashboard)} is a whole PNG, wide enough to be read, small enough to be kept`, () => {
      const file = readFileSync(join(PICTURES, pictureOf(dashboard)));
      expect(file.length).toBeLessThanOrEqual(MAX_PICTURE_BYTES);
      expect(file.length).toBeGreaterThan(LEAST_BYTES);
      const chunks = chunksOf(file);
      expect(chunks[0]?.type).toBe('IHDR');
      expect(chunks[0]?.data.readUInt32BE(0)).toBeGreaterThanOrEqual(LEAST_WIDTH);
      expect(chunks.at(-1)?.type).toBe('IEND');
    });
  }

  test('two dashboards do not share a picture', () => {
    const files = DASHBOARDS.map((dashboard) =>
      readFileSync(join(PICTURES, pictureOf(dashboard))).toString('base64'),
    );
    expect(new Set(files).size).toBe(files.length);
  });
});
