/** Values in YAML below what makes them secret. */
import { describe, expect, test } from 'vitest';
import { forgetManifests, manifestValues, nestedValues } from '../src/manifest.ts';
import { lookAt } from './cut.ts';

const manifest = (text: string): string => {
  forgetManifests();
  return lookAt(text, 'kind: secret', manifestValues);
};
const nested = (text: string): string => {
  forgetManifests();
  return lookAt(text, 'secrets', nestedValues);
};

describe('of a Kubernetes Secret', () => {
  test('all data go, before and behind its kind, and nothing else', () => {
    expect(
      manifest(
        'data:\n  a.b: eHl6\n  c: "d e"\nkind: Secret\nstringData:\n  f: |\n    g h\nx: y\n',
      ),
    ).toBe(
      'data:\n  a.b: <cut>\n  c: "<cut>"\nkind: Secret\nstringData:\n  f: |\n    <cut>\nx: y\n',
    );
  });

  test('what names no secret and what stands for one stay', () => {
    const text = 'kind: Secret\ndata:\n  username: ana\n  p: ${P}\n  q:\n';
    expect(manifest(text)).toBe(text);
  });

  test('another document and another item of a list stay', () => {
    expect(manifest('data:\n  a: b\n---\nkind: Secret\ndata:\n  c: d\n---\ndata:\n  e: f\n')).toBe(
      'data:\n  a: b\n---\nkind: Secret\ndata:\n  c: <cut>\n---\ndata:\n  e: f\n',
    );
    expect(
      manifest('- data:\n    a: b\n- data:\n    c: d\n  kind: Secret\n- data:\n    e: f\n'),
    ).toBe('- data:\n    a: b\n- data:\n    c: <cut>\n  kind: Secret\n- data:\n    e: f\n');
  });

  test.each(['x kind: Secret\ndata:\n  a: b\n', 'kind: SecretStore\ndata:\n  a: b\n'])(
    'is none: %j',
    (text) => {
      expect(manifest(text)).toBe(text);
    },
  );
});

describe('below a sensitive name', () => {
  test('opaque values go, up to where the block ends', () => {
    expect(nested('secrets:\n  a: hunTer22x\n\n  b:\n    c: "hunTer23x"\nd: hunTer24x\n')).toBe(
      'secrets:\n  a: <cut>\n\n  b:\n    c: "<cut>"\nd: hunTer24x\n',
    );
  });

  test.each([
    'secrets:\n  a: words\n  file: ./a.txt\n  username: hunTer22x\n',
    'secrets: a\n  b: hunTer22x\n',
    'the secrets:\n  b: hunTer22x\n',
    'secrets:\n- a\n- b: hunTer22x\n',
  ])('stays: %j', (text) => {
    expect(nested(text)).toBe(text);
  });
});
