import { describe, expect, test } from 'vitest';
import {
  formatCheckpoint,
  formatCommitExtensions,
  parseCheckpoint,
  parseCommitExtensions,
} from '../src/checkpoint.ts';
import { LogbookError } from '../src/errors.ts';
import {
  decodeBase64,
  decodeBase64Url,
  formatVkey,
  generateSigner,
  openNote,
  originOf,
  parseNote,
  parseSkey,
  parseVkey,
  signNote,
} from '../src/note.ts';

/** Key and note of the package documentation of golang.org/x/mod/sumdb/note. */
const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const NOTE =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n" +
  '\n' +
  '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return error instanceof LogbookError ? error.code : String(error);
  }
}

describe('a note of another implementation', () => {
  test('opens with its verifier key, which is written again as it was', () => {
    const verifier = parseVkey(VKEY);
    expect(openNote(NOTE, [verifier]).text).toBe(NOTE.slice(0, NOTE.indexOf('\n\n') + 1));
    expect(formatVkey(verifier.name, verifier.publicKey)).toBe(VKEY);
  });

  test('does not open with one bit flipped in any byte', () => {
    const verifier = parseVkey(VKEY);
    const bytes = Buffer.from(NOTE);
    const opened: number[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
      if (codeOf(() => openNote(flipped.toString(), [verifier])) === undefined) opened.push(at);
    }
    expect(opened).toEqual([]);
  });
});

describe('notes of ours', () => {
  const signer = generateSigner('small/0a1b2c3d');

  test('open, with one signature or two', () => {
    const other = generateSigner('other');
    expect(openNote(signNote('one\n', signer), [signer.verifier]).text).toBe('one\n');
    const both = signNote('one\n\ntwo\n', [signer, other]);
    expect(openNote(both, [other.verifier, signer.verifier])).toMatchObject({
      text: 'one\n\ntwo\n',
    });
    expect(openNote(both, [other.verifier, signer.verifier]).verified).toHaveLength(2);
    expect(openNote(both, [other.verifier]).verified).toHaveLength(1);
  });

  test('are refused without a known signature, and with a wrong one', () => {
    const note = signNote('one\n', signer);
    expect(codeOf(() => openNote(note, []))).toBe('ERR_LOGBOOK_NOTE_UNVERIFIED');
    expect(codeOf(() => openNote(note, [generateSigner('small/0a1b2c3d').verifier]))).toBe(
      'ERR_LOGBOOK_NOTE_UNVERIFIED',
    );
    expect(codeOf(() => openNote(note.replace('one', 'two'), [signer.verifier]))).toBe(
      'ERR_LOGBOOK_NOTE_SIGNATURE',
    );
  });

  test.each([
    ['no signature', 'one\n'],
    ['no empty line', 'one\n\u2014 a AAAAAAA=\n'],
    ['no last newline', 'one\n\n\u2014 a AAAAAAA='],
    ['a hyphen for the dash', 'one\n\n- a AAAAAAA=\n'],
    ['base64 with other last bits', 'one\n\n\u2014 a AAAAAAB=\n'],
    ['a signature without a signature', 'one\n\n\u2014 a AAAAAA==\n'],
    ['a control character', 'o\u0001ne\n\n\u2014 a AAAAAAA=\n'],
    ['a carriage return', 'one\r\n\n\u2014 a AAAAAAA=\n'],
  ])('with %s are refused', (_, note) => {
    expect(codeOf(() => parseNote(note))).toBe('ERR_LOGBOOK_NOTE_MALFORMED');
  });

  test('are not made of a text that no reader takes', () => {
    for (const text of ['', 'no newline', 'a\u0000b\n', '\ud800\n']) {
      expect(codeOf(() => signNote(text, signer))).toBe('ERR_LOGBOOK_NOTE_MALFORMED');
    }
  });
});

describe('keys', () => {
  test('are read as they are written, and nothing else is', () => {
    const signer = generateSigner('name');
    expect(parseVkey(signer.vkey).vkey).toBe(signer.vkey);
    expect(parseSkey(signer.formatSkey()).vkey).toBe(signer.vkey);
    const [name = '', id = '', key = ''] = signer.vkey.split('+');
    for (const vkey of [
      '',
      name,
      `${name}+${id}`,
      `${name}+00000000+${key}`,
      `other+${id}+${key}`,
      `${signer.vkey}=`,
      `${name}+${id}+AAAA`,
    ]) {
      expect(
        codeOf(() => parseVkey(vkey)),
        vkey,
      ).toBe('ERR_LOGBOOK_KEY_MALFORMED');
    }
    expect(codeOf(() => parseSkey(signer.vkey))).toBe('ERR_LOGBOOK_KEY_MALFORMED');
  });

  test('names without spaces or plus only', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\nb']) {
      expect(
        codeOf(() => generateSigner(name)),
        name,
      ).toBe('ERR_LOGBOOK_KEY_MALFORMED');
    }
  });

  test('printing a signer shows no secret', () => {
    const signer = generateSigner('name');
    // Base64 may hold a plus of its own.
    const secret = signer.formatSkey().split('+').slice(4).join('+');
    expect(secret.length).toBeGreaterThan(40);
    expect(JSON.stringify(signer)).not.toContain(secret);
  });

  test('an origin is the service and eight digits of the key', () => {
    const signer = generateSigner((publicKey) => originOf('svc', publicKey));
    expect(signer.name).toMatch(/^svc\/[0-9a-f]{8}$/);
  });
});

describe('base64', () => {
  test('has one spelling', () => {
    expect(decodeBase64('AQ==')).toEqual(Buffer.of(1));
    expect(decodeBase64Url('AQ')).toEqual(Buffer.of(1));
    for (const text of ['AQ', 'AR==', 'A Q==', 'AQ==\n', 'A-=='])
      expect(decodeBase64(text), text).toBeUndefined();
    for (const text of ['AQ==', 'AR', 'A/', 'AQ '])
      expect(decodeBase64Url(text), text).toBeUndefined();
  });
});

describe('checkpoints', () => {
  const root = Buffer.alloc(32, 7);
  const extensions = formatCommitExtensions({
    unixNanos: 12n,
    monotonicNanos: 0n,
    bootId: 'b',
    seals: root,
  });
  const text = formatCheckpoint({ origin: 'o', size: 3, root, extensions });

  test('are read as they are written', () => {
    const parsed = parseCheckpoint(text);
    expect(formatCheckpoint(parsed)).toBe(text);
    expect(formatCommitExtensions(parseCommitExtensions(parsed.extensions))).toEqual(extensions);
    expect(parseCheckpoint('o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n')).toMatchObject({
      size: 0,
      extensions: [],
    });
  });

  test.each([
    ['size 03', text.replace('\n3\n', '\n03\n')],
    ['size -1', text.replace('\n3\n', '\n-1\n')],
    ['size 3.0', text.replace('\n3\n', '\n3.0\n')],
    ['a size beyond what is exact', text.replace('\n3\n', '\n9007199254740993\n')],
    ['no origin', text.slice(1)],
    ['a short root', text.replace(root.toString('base64'), 'AQ==')],
    ['an empty line', `${text}\n`],
    ['no newline', text.slice(0, -1)],
    ['two lines', 'o\n3\n'],
  ])('with %s are refused', (_, bad) => {
    expect(codeOf(() => parseCheckpoint(bad))).toBe('ERR_LOGBOOK_CHECKPOINT_MALFORMED');
  });

  test('of a commit have exactly a time and a seals line', () => {
    const [time = '', seals = ''] = extensions;
    for (const lines of [
      [],
      [time],
      [seals, time],
      [time, seals, 'more'],
      [time.replace('12', '012'), seals],
      [time, `${seals}=`],
    ]) {
      expect(codeOf(() => parseCommitExtensions(lines))).toBe('ERR_LOGBOOK_CHECKPOINT_MALFORMED');
    }
  });
});
