/** The value grammar: where the value that a name announces begins and ends, and what is no value. */
import { describe, expect, test } from 'vitest';
import { classifyKey } from '../src/keys.ts';
import { type Tie, valueAt } from '../src/values.ts';
import { cut } from './cut.ts';

/** What is cut from `rest`, which stands behind the name and its tie. */
function behind(lead: string, rest: string, tie: Tie, name = 'password'): string {
  const text = lead + rest;
  const start = lead.lastIndexOf(name);
  if (start < 0) throw new Error(`no ${name} in ${lead}`);
  const found = valueAt(text, lead.length, { text: name, start, kind: classifyKey(name) }, tie);
  return cut(text, found).slice(lead.length);
}
const tight = (rest: string, name?: string): string =>
  behind(`${name ?? 'password'}=`, rest, '=', name);
const loose = (rest: string, name?: string): string =>
  behind(`${name ?? 'password'}: `, rest, ':', name);

describe('a quoted value', () => {
  test.each([
    ['"hunter22" x', '"<cut>" x'],
    ["'hunter 22' x", "'<cut>' x"],
    ['`hunter22` x', '`<cut>` x'],
    ['"""hunter22""" x', '"""<cut>""" x'],
    ['"a\\"b1" x', '"<cut>" x'],
    ['\\"hunter22\\" x', '\\"<cut>\\" x'],
    [String.raw`\\\"a\\\\\\\"b1\\\" x`, String.raw`\\\"<cut>\\\" x`],
    ["b'hunter22' x", "b'<cut>' x"],
    ['@"hunter22" x', '@"<cut>" x'],
    ["N'hunter22' x", "N'<cut>' x"],
    ['"Bearer hunter22"', '"Bearer <cut>"'],
    ['"Digest hunter22"', '"Digest hunter22"'],
    ['""', '""'],
    ['"${PW}"', '"${PW}"'],
    ['"never closed\nnext', '"<cut>\nnext'],
    ['"never closed\rnext', '"<cut>\rnext'],
    [String.raw`"never closed\nnext`, String.raw`"<cut>\nnext`],
    [String.raw`"never closed\rnext`, String.raw`"<cut>\rnext`],
    ['"', '"'],
    ['", next', '", next'],
  ])('%s', (rest, expected) => {
    expect(tight(rest)).toBe(expected);
  });

  test('of a name in the plural holds no sentence', () => {
    expect(loose('"node scripts/secrets.ts"', 'secrets')).toBe('"node scripts/secrets.ts"');
    expect(loose('"hunter22"', 'secrets')).toBe('"<cut>"');
  });

  test('behind a blank must look like one', () => {
    expect(behind('the token ', '"required"', 'blank', 'token')).toBe('"required"');
    expect(behind('the token ', '"Please log in"', 'blank', 'token')).toBe('"Please log in"');
    expect(behind('the token ', '"x1y2z3"', 'blank', 'token')).toBe('"<cut>"');
  });

  test('that is a key block has a rule of its own', () => {
    expect(tight(`"-----BEGIN ${'PRIVATE'} KEY-----\nabc"`)).toContain('abc');
  });
});

describe('a bare value ends', () => {
  test.each([
    ['with a blank', 'hunter22 x', '<cut> x'],
    ['with the text', 'hunter22', '<cut>'],
    ['with a quote', 'hunter22"', '<cut>"'],
    ['with a bracket', 'hunter22)', '<cut>)'],
    ['before the next pair', 'hunter22;User=bob', '<cut>;User=bob'],
    ['before the next parameter', 'hunter22&page=2', '<cut>&page=2'],
    ['before the next name of two words', 'hunter22;User Id=bob', '<cut>;User Id=bob'],
    ['not at a sign inside', 'hun;ter&22 x', '<cut> x'],
    ['without the semicolon behind it', 'hunter22; x', '<cut>; x'],
    ['without several of them', 'hunter22;,; x', '<cut>;,; x'],
    ['without the comma behind it', 'hunter22, x', '<cut>, x'],
  ])('%s', (_, rest, expected) => {
    expect(behind('x password=', rest, '=')).toBe(expected);
  });

  test('with the line where the line is a name and a value', () => {
    expect(tight('hun"ter<22\nx=y')).toBe('hun"ter<22\nx=y'.replace('hun', '<cut>'));
    expect(behind('a=b\nexport password=', "hun'ter)22\nx=y", '=')).toBe('<cut>\nx=y');
    expect(behind('a=b\npassword=', 'hunter22)\nx=y', '=')).toBe('<cut>)\nx=y');
    expect(behind('a=b\npassword=', '2hun(ter)\nx=y', '=')).toBe('<cut>\nx=y');
  });

  test('with the line, but not with what closes something that began before', () => {
    expect(behind('a=b\npassword=', "hun'ter)22\r\nx=y", '=')).toBe('<cut>\r\nx=y');
    expect(behind('a=b\npassword=', 'hunter22"\nx=y', '=')).toBe('<cut>"\nx=y');
    expect(behind('a=b\npassword=', "hun'ter22,;\nx=y", '=')).toBe('<cut>,;\nx=y');
  });

  test('without the stop of a sentence behind a blank', () => {
    expect(behind('password ', 'x1y2z3.', 'blank')).toBe('<cut>.');
    expect(behind('--password ', 'hunter22;', 'flag')).toBe('<cut>;');
  });
});

describe('a scheme before the value stays', () => {
  test.each([
    ['Bearer hunter22', 'Bearer <cut>'],
    ['Basic  aHVudGVyMjI=', 'Basic  <cut>'],
    ['token hunter22', 'token <cut>'],
    ['Key hunter22x', 'Key <cut>'],
    ['Bearer ${TOKEN}', 'Bearer ${TOKEN}'],
    ['Bearer tokens are accepted', 'Bearer tokens are accepted'],
    ['Bearer sesame', 'Bearer sesame'],
    ['Bearer opensesame', 'Bearer <cut>'],
    ['Key Vault', 'Key Vault'],
    ['Digest username="bob", x="y"', 'Digest username="bob", x="y"'],
  ])('%s', (rest, expected) => {
    expect(loose(rest, 'Authorization')).toBe(expected);
  });
});

describe('a YAML block goes to where its indentation ends', () => {
  test.each([
    ['password: ', '|\n  one\n  two\nnext: x', '|\n  <cut>\nnext: x'],
    ['  password: ', '>-\n    one\n\n    two\n  next: x', '>-\n    <cut>\n  next: x'],
    ['password: ', String.raw`|\n  one\n  two\nnext: x`, String.raw`|\n  <cut>\nnext: x`],
    ['password: ', '|\nnext: x', '|\nnext: x'],
    ['password: ', `|\n  -----BEGIN X\n  abc`, '|\n  -----BEGIN X\n  abc'],
  ])('%j%j', (lead, rest, expected) => {
    expect(behind(lead, rest, ':')).toBe(expected);
  });
});

describe('what code falls back to is a value', () => {
  test.each([
    ["process.env.PW || 'hunter22x1'", "process.env.PW || '<cut>'"],
    ['os.getenv("PW", "hunter22x1")', 'os.getenv("PW", "<cut>")'],
    ['${PW:-hunter22x1}', '${PW:-<cut>}'],
    ['process.env.PW || "hunter22x1"', 'process.env.PW || "<cut>"'],
    ["process.env.PW ?? 'none'", "process.env.PW ?? 'none'"],
    ['${PW} ${OTHER:-hunter22x1}', '${PW} ${OTHER:-hunter22x1}'],
    ['f(), user: os.getenv("USER", "hunter22x1")', 'f(), user: os.getenv("USER", "hunter22x1")'],
    ['f()\nuser ||= "hunter22x1"', 'f()\nuser ||= "hunter22x1"'],
  ])('%s', (rest, expected) => {
    expect(loose(rest)).toBe(expected);
  });
});

describe('no value is', () => {
  test.each([
    ['a call', 'await getPassword()'],
    ['a call with arguments', 'decrypt(x)'],
    ['a member', 'config.password'],
    ['a type', 'String;'],
    ['a pointer', '*Secret'],
    ['a number of a field', '2;'],
    ['the name of another secret', 'client_secret'],
    ['a sentence', 'must be changed'],
    ['a URL', 'https://x.example/reset'],
    ['a tag that says where it is kept', '!vault |\n  abc'],
    ['a bracket', '[a, b]'],
    ['a template', '{{ password }}'],
    ['a placeholder', '****'],
    ['our own mark', '[REDACTED:keyed-secret]'],
  ])('%s', (_, rest) => {
    expect(loose(rest)).toBe(rest);
  });

  test('a type, unless the name stands alone on its line', () => {
    expect(behind('x\n\t- token: ', 'Tiger', ':', 'token')).toBe('<cut>');
    expect(behind('x\n  token: ', 'Tiger;', ':', 'token')).toBe('Tiger;');
    expect(behind('(token: ', 'Tiger)', ':', 'token')).toBe('Tiger)');
    expect(behind('token: ', 'MyTiger', ':', 'token')).toBe('MyTiger');
  });

  test('a word in the middle of a sentence', () => {
    expect(behind('The password: ', 'required', ':')).toBe('required');
    expect(behind('password: ', 'tiger', ':')).toBe('<cut>');
  });

  test('a shell variable or a word that goes on behind a flag', () => {
    expect(behind('--password ', 'PASSWORD', 'flag')).toBe('PASSWORD');
    expect(behind('--password ', 'from', 'flag')).toBe('from');
    expect(behind('--password ', 'tiger', 'flag')).toBe('<cut>');
  });

  test('what a weak name announces, unless it is random and short enough', () => {
    expect(tight('hunter22', 'key')).toBe('hunter22');
    expect(tight('q7Zk2Xw9LmTpR4sD', 'key')).toBe('<cut>');
    expect(tight('q7Zk2Xw9LmTpR4sD'.repeat(17), 'key')).not.toBe('<cut>');
  });

  test('a code behind a blank, unless the name speaks of codes', () => {
    expect(behind('otp ', '123456', 'blank', 'otp')).toBe('<cut>');
    expect(behind('token ', '123456', 'blank', 'token')).toBe('123456');
  });

  test('a header of cookies, which has its own rule', () => {
    expect(loose('sid=abc; theme=dark\nx', 'Cookie')).toBe('sid=abc; theme=dark\nx');
    expect(loose('accepted\nx', 'Cookie')).toBe('accepted\nx');
  });
});
