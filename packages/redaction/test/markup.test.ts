/** Values that markup, printed structures and sentences about a change part from their name. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;
const GONE = '[REDACTED:keyed-secret]';

describe('goes', () => {
  test.each([
    '<td>Password:</td><td>‹hunter22x›</td><td>ok</td>',
    '<tr><th>API key</th>\n <td><code>‹hunter22x›</code></td></tr>',
    '<dt>API token</dt><dd>‹hunter22x›</dd>',
    '<label>Secret:</label> <span class="v">‹hunter22x›</span>',
    '<name>apiKey</name><value>‹hunter22x›</value>',
    '<p>Your password is <b>‹hunter22x›</b>.</p>',
    '- textbox "Password" [ref=e12]: ‹hunter22x›\n- button "Sign in"',
    '- textbox "API key" [active] [ref=e2] [cursor=pointer]: ‹hunter22x›',
    '["password"]=>\n  string(9) "‹hunter22x›"\n}',
    'the admin password changed from `‹hunter22x›` to `‹hunter33x›`',
    'password was reset from ‹hunter22x› to ‹hunter33x›.',
    'Config { user: "ana", password: Some("‹hunter22x›"), port: 5432 }',
    "ENV['DB_PASS'] ||= '‹hunter22x›'",
    'WIFI:T:WPA;S:office;P:‹hunter22x›;;',
    'WPA2 key: ‹q7Zk2Xw9LmTpR4sD›',
    '`export VAULT_TOKEN=‹hx.k82mzq91vbnc›` before',
    'mosquitto_pub -h mq -u dev1 -P ‹hunter22x› -t a/b',
    'WiFi.begin("office", "‹hunter22x›");',
  ])('%s', (line) => {
    const text = line.replace(/[‹›]/g, '');
    const expected = line.replace(/‹[^›]*›/g, GONE);
    expect(redact(text)).toBe(expected);
    expect(redact(expected)).toBe(expected);
    expect(redact({ text: `x\n${text}` })).toEqual({ text: `x\n${expected}` });
  });
});

describe('stays', () => {
  test.each([
    '<td>Password:</td><td>required</td>',
    '<label>Password</label><input type="text">',
    '<th>Password</th><th>User2FA99</th>',
    '- textbox "Password" [ref=e12]: hidden',
    '- textbox "City" [ref=e12]: Trondheim99',
    'password changed from weak to strong',
    'the password reset from the login page to the mail',
    'Your password is <b>required</b>',
    'password: Some(secret)',
    'password = Some("<password>")',
    'WIFI: office, ask at the desk',
    'Access key ID,Secret access key',
    'passwd: updated',
    "'ldap_exop_passwd',\n'ldap_t61_to_8859',\n'ldap_unbind',\n",
    "'changePIN', 'parseInt', 'checkPIN',\n'bitClear', 'position', 'writeRGB',\n",
    '_patch(Gtk, "with_mnemonic", Gtk.Expander.new_with_mnemonic)\n_patch(Gtk, "icon_theme", Gtk.IconTheme.get_default)\n',
    "'open panel', 'option key down', 'x'",
    "PASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']",
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('the mode of a request', () => {
    const mode = { credentials: 'include', mode: 'cors' };
    expect(redact(mode)).toEqual(mode);
    expect(redact({ credentials: 'same-origin' })).toEqual({ credentials: 'same-origin' });
  });
});
