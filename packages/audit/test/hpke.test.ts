import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  openWith,
  Opener,
  PAYLOAD_INFO,
  privateKeyOf,
  recipientOf,
  Sealer,
  sealTo,
} from '../src/hpke.ts';
import { LogbookError } from '../src/errors.ts';

/**
 * The RFC 9180 working group's vector of mode 0, KEM 0x0020, KDF 0x0001, AEAD 0x0002 (github.com/cfrg/draft-irtf-cfrg-hpke).
 * `accumulated` is Go's short form of its ciphertexts (crypto/hpke, testdata/rfc9180.json): SHAKE-128 of 1,000 of them,
 * whose inputs are drawn from SHAKE-128 of nothing.
 */
const VECTOR = {
  info: '4f6465206f6e2061204772656369616e2055726e',
  ikmE: '2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9',
  skRm: '497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d',
  pkRm: '430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c',
  enc: '6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256',
  accumulated: '1702e73e1e71705faa8241022af1deea',
};
const recipientKey = privateKeyOf(Buffer.from(VECTOR.skRm, 'hex'));

/** Sealed by Go 1.26's crypto/hpke to `skRm`: "payload <n>" with associated data "leaf <n>", info as ours. */
const FROM_GO = [
  'pHsMHVGHSghyIWAiAQF02WP4QRe9cidKa88-de6mhm4.0.AnKXyrClLuywWkjcN3RqkLL4Qu0iEBFx9A',
  'pHsMHVGHSghyIWAiAQF02WP4QRe9cidKa88-de6mhm4.1.D8r8QMWSqr7DYU8FoGwkwpYoT0_vxpFPbg',
  'pHsMHVGHSghyIWAiAQF02WP4QRe9cidKa88-de6mhm4.2.xgM1MXGo6UKZVXM6OHkhXy2-jeOTyL6ltQ',
];

describe('hpke', () => {
  it('gives the ciphertexts of the RFC 9180 vector, a thousand in one context', () => {
    const info = Buffer.from(VECTOR.info, 'hex');
    const recipient = Buffer.from(VECTOR.pkRm, 'hex').toString('base64url');
    expect(recipientOf(recipientKey)).toBe(recipient);
    const sealer = new Sealer(recipient, info, privateKeyOf(deriveSecretKey(VECTOR.ikmE)));
    const opener = new Opener(recipientKey, info);
    const source = createHash('shake128', { outputLength: 600_000 }).digest();
    let at = 0;
    const draw = (): Buffer => {
      const size = source.readUInt8(at);
      at += 1 + size;
      return source.subarray(at - size, at);
    };
    const sink = createHash('shake128', { outputLength: 16 });
    for (let n = 0; n < 1000; n += 1) {
      const aad = draw();
      const plaintext = draw();
      const sealed = sealer.seal(plaintext, aad);
      const [enc = '', number, text = ''] = sealed.split('.');
      expect(Buffer.from(enc, 'base64url').toString('hex')).toBe(VECTOR.enc);
      expect(number).toBe(String(n));
      sink.update(Buffer.from(text, 'base64url'));
      expect(opener.open(sealed, aad).equals(plaintext)).toBe(true);
    }
    expect(sink.digest('hex')).toBe(VECTOR.accumulated);
  });

  it('opens what another implementation sealed, in any order', () => {
    const opener = new Opener(recipientKey, PAYLOAD_INFO);
    for (const n of [2, 0, 1, 2]) {
      const opened = opener.open(FROM_GO[n] ?? '', Buffer.from(`leaf ${n}`));
      expect(opened.toString()).toBe(`payload ${n}`);
    }
  });

  it('opens each message of a batch alone, of 0, 1 and many bytes', () => {
    const { privateKey } = generateKeyPairSync('x25519');
    const sealer = new Sealer(recipientOf(privateKey), PAYLOAD_INFO);
    const messages = [0, 1, 16, 100_000].map((size) => Buffer.alloc(size, size));
    const sealed = messages.map((message, n) => sealer.seal(message, Buffer.from(`aad ${n}`)));
    for (let n = messages.length - 1; n >= 0; n -= 1) {
      const opened = openWith(privateKey, sealed[n] ?? '', Buffer.from(`aad ${n}`), PAYLOAD_INFO);
      expect(opened.equals(messages[n] ?? Buffer.alloc(1))).toBe(true);
    }
  });

  it('refuses another leaf, number, info, key and every changed character', () => {
    const { privateKey } = generateKeyPairSync('x25519');
    const aad = Buffer.from('the leaf');
    const sealed = sealTo(recipientOf(privateKey), Buffer.from('payload'), aad, PAYLOAD_INFO);
    const opener = new Opener(privateKey, PAYLOAD_INFO);
    expect(opener.open(sealed, aad).toString()).toBe('payload');
    expectRefused(() => opener.open(sealed, Buffer.from('the leaf.')));
    expectRefused(() => opener.open(sealed.replace('.0.', '.1.'), aad));
    expectRefused(() => new Opener(privateKey, 'other').open(sealed, aad));
    const other = generateKeyPairSync('x25519').privateKey;
    expectRefused(() => openWith(other, sealed, aad, PAYLOAD_INFO));
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed[at] === 'A' ? 'B' : 'A';
      expectRefused(() => opener.open(sealed.slice(0, at) + changed + sealed.slice(at + 1), aad));
      expectRefused(() => opener.open(sealed.slice(0, at), aad));
    }
    for (const bad of [
      '',
      '..',
      '.0.',
      `${sealed}.`,
      sealed.replace('.0.', '.00.'),
      sealed.replace('.0.', '.4294967296.'),
    ])
      expectRefused(() => opener.open(bad, aad));
  });

  it('refuses points of low order and recipients that are no keys', () => {
    const { privateKey } = generateKeyPairSync('x25519');
    const zero = Buffer.alloc(32).toString('base64url');
    expectRefused(() =>
      new Opener(privateKey, '').open(`${zero}.0.${'A'.repeat(22)}`, Buffer.alloc(0)),
    );
    for (const recipient of [
      zero,
      '',
      'A',
      `${zero}A`,
      'not a key',
      recipientOf(privateKey).slice(1),
    ])
      expect(() => new Sealer(recipient, '')).toThrow(/recipient is not an X25519 public key/);
  });
});

function expectRefused(open: () => unknown): void {
  let thrown: unknown;
  try {
    open();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(LogbookError);
  expect(thrown).toMatchObject({ code: 'ERR_LOGBOOK_SEAL' });
}

/** RFC 9180 7.1.3, DeriveKeyPair of DHKEM(X25519): written again here, since the product draws its keys. */
function deriveSecretKey(ikmHex: string): Buffer {
  const suite = Buffer.from('KEM\u0000\u0020');
  const prk = createHmac('sha256', '')
    .update('HPKE-v1')
    .update(suite)
    .update('dkp_prk')
    .update(Buffer.from(ikmHex, 'hex'))
    .digest();
  return createHmac('sha256', prk)
    .update(Buffer.of(0, 32))
    .update('HPKE-v1')
    .update(suite)
    .update('sk')
    .update(Buffer.of(1))
    .digest();
}
