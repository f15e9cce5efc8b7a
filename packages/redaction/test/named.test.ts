/** Values whose name stands beside them as a value of its own. */
import { describe, expect, test } from 'vitest';
import { classifyKey } from '../src/keys.ts';
import { namedValue } from '../src/named.ts';
import { lookAt } from './cut.ts';

/** Looks at the name `name` of the text, as `assignment.ts` does once no sign ties it to a value. */
function at(text: string, name = 'password'): string {
  return lookAt(text, name, (whole, start, end) =>
    namedValue(whole, { text: whole.slice(start, end), start, kind: classifyKey(name) }, end),
  );
}

describe('takes', () => {
  test.each([
    [
      'an attribute behind',
      '<add key="password" value="hunter22" />',
      '<add key="password" value="<cut>" />',
    ],
    [
      'an attribute behind others',
      '<input name="password" type="text" id="p1" value="hunter22">',
      '<input name="password" type="text" id="p1" value="<cut>">',
    ],
    [
      'an attribute in front',
      '<input value="hunter22" name="password">',
      '<input value="<cut>" name="password">',
    ],
    [
      'an attribute of escaped XML',
      String.raw`<add key=\"password\" value=\"hunter22\"/>`,
      String.raw`<add key=\"password\" value=\"<cut>\"/>`,
    ],
    [
      'the text of an element',
      '<string name="password">hunter22</string>',
      '<string name="password"><cut></string>',
    ],
    [
      'the text of an element without its blanks',
      '<string name="password">\n hunter22 \n</string>',
      '<string name="password">\n <cut> \n</string>',
    ],
    [
      'a part of a form',
      'Content-Disposition: form-data; name="password"\r\n\r\nhunter22\r\n--x',
      'Content-Disposition: form-data; name="password"\r\n\r\n<cut>\r\n--x',
    ],
    [
      'a part with headers',
      'form-data; name="password"\nContent-Type: text/plain\n\nhunter22\n--x',
      'form-data; name="password"\nContent-Type: text/plain\n\n<cut>\n--x',
    ],
    [
      'the next line of YAML',
      '- name: password\n  value: hunter22\n',
      '- name: password\n  value: <cut>\n',
    ],
    [
      'the next member of JSON that is cut off',
      '{"name":"password","value":"hunter22", ...',
      '{"name":"password","value":"<cut>", ...',
    ],
    [
      'a property list',
      '<key>password</key>\n<string>hunter22</string>',
      '<key>password</key>\n<string><cut></string>',
    ],
    ['the next line of a Redis reply', '1) "password"\n2) "hunter22"', '1) "password"\n2) "<cut>"'],
    [
      'the default of a variable',
      'variable "password" {\n  type = string\n  default = "hunter22"\n}',
      'variable "password" {\n  type = string\n  default = "<cut>"\n}',
    ],
    [
      'the next argument',
      'config.set("password", "hunter22x1")',
      'config.set("password", "<cut>")',
    ],
    ['the next item', '["--password", "hunter22"]', '["--password", "<cut>"]'],
    ['the next cell', '| password | hunter22 |', '| password | <cut> |'],
    ['the next cell in back quotes', '| password | `hunter22` |\n', '| password | `<cut>` |\n'],
  ])('%s', (_, text, expected) => {
    expect(at(text, text.includes('--password') ? '--password' : 'password')).toBe(expected);
  });

  test('the value of a name of more words', () => {
    expect(at('| Refresh token | q7Zk2Xw9Lm |', 'token')).toBe('| Refresh token | <cut> |');
  });
});

describe('leaves', () => {
  test.each([
    ['a placeholder in an attribute', '<add key="password" value="${PW}" />'],
    ['a placeholder in front', '<input value="****" name="password">'],
    ['the value of another element', '<add value="hunter22" /><add key="password" />'],
    ['a label', '<label for="x" name="password">Your password</label>'],
    ['an empty part of a form', 'form-data; name="password"\r\n\r\n\r\n--x'],
    ['a placeholder of a property list', '<key>password</key><string>changeme</string>'],
    ['a reply that is no list', '1) "password" "hunter22"'],
    ['a variable without a default', 'variable "password" {\n  type = string\n}'],
    ['words as arguments', 'translate("password", "Please log in")'],
    ['a union of types', "type Field = 'user' | password | token;"],
    ['a cell of words', '| password | the one you chose |'],
    ['a cell with a word', '| password | required |'],
    ['a table without rows', '| password |'],
    ['a sentence', 'the password hunter22'],
  ])('%s', (_, text) => {
    expect(at(text)).toBe(text);
  });

  test('what a weak name stands beside', () => {
    expect(at('<add key="key" value="hunter22" />', '"key"')).toContain('hunter22');
  });
});
