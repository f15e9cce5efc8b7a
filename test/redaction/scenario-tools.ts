/** Scenes of group `scenario`, part four: what a sceptic tried first, arguments and results of everyday tools. */
import { card, iban, phone } from './pii.ts';
import { call, data, type MakeScene, text } from './scene.ts';

export const TOOL_SCENES: Readonly<Record<string, MakeScene>> = {
  // Databases.
  'database psql variables': (s) => [text(s.text('shop=# \\set apipw ‹S›\nshop=# \\echo ‹W›\n'))],
  'database connect arguments': (s) => [
    call('connect', {
      dsn: `host=${s.host()} port=5432 dbname=shop user=etl password=${s.secret()} sslmode=require`,
    }),
  ],
  'database user listing': (s) => [
    data({
      columns: ['Host', 'User', 'authentication_string'],
      rows: [['%', s.ok('reporting'), `*${s.token('{X40}')}`]],
    }),
  ],
  'database rows with hash': (s) => [
    data({
      rows: [
        { id: 1, login: s.ok('greta'), password_hash: `$2b$12$${s.token('{m53}')}` },
        {
          id: 2,
          login: s.ok('kofi'),
          pw_hash: `$argon2id$v=19$m=65536,t=3,p=4$${s.token('{m22}')}$${s.token('{m43}')}`,
        },
      ],
    }),
  ],
  'database create role': (s) => [
    call('execute', {
      statement: s.text("CREATE ROLE ‹U› LOGIN ENCRYPTED PASSWORD '‹S›' VALID UNTIL '‹D›'"),
    }),
  ],
  'database link': (s) => [
    call('execute', {
      statement: s.text(
        "CREATE SUBSCRIPTION sub CONNECTION 'host=‹H› user=‹U› password=‹S›' PUBLICATION ‹W›",
      ),
    }),
  ],
  'database snowflake': (s) => [
    call('run', {
      sql: s.text(
        "CREATE STAGE ‹W› URL='s3://x/y' CREDENTIALS=(AWS_KEY_ID='k' AWS_SECRET_KEY='‹K›')",
      ),
    }),
  ],
  'database mongo user': (s) => [
    call('mongo_eval', {
      script: s.text('db.createUser({user: "‹U›", pwd: "‹S›", roles: ["readWrite"]})'),
    }),
  ],
  'database redis acl': (s) => [
    call('redis_command', {
      args: ['ACL', 'SETUSER', s.ok('worker'), 'on', `>${s.secret()}`, '~*', '+@all'],
    }),
  ],
  'database redis auth': (s) => [call('redis_command', { args: ['AUTH', s.secret()] })],
  'database clickhouse argv': (s) => [
    call('run', {
      argv: [
        'clickhouse-client',
        '--host',
        s.host(),
        '--user',
        'default',
        '--password',
        s.secret(),
      ],
    }),
  ],
  'database elastic reset': (s) => [
    text(s.text('Password for the [elastic] user successfully reset.\nNew value: ‹S›\nhost ‹H›')),
  ],
  // Clouds.
  'cloud azure keys': (s) => [
    data({
      keys: [
        { keyName: 'key1', permissions: 'FULL', value: `${s.token('{s86}')}==` },
        { keyName: 'key2', permissions: 'FULL', value: `${s.token('{s86}')}==` },
      ],
    }),
  ],
  'cloud azure namespace': (s) => [
    data({
      keyName: s.ok('RootManageSharedAccessKey'),
      primaryKey: `${s.token('{s43}')}=`,
      secondaryKey: `${s.token('{s43}')}=`,
    }),
  ],
  'cloud azure insights': (s) => [
    text(
      s.text('InstrumentationKey=‹I›;IngestionEndpoint=https://‹H›/;LiveEndpoint=https://‹H2›/'),
    ),
  ],
  'cloud azure api management': (s) => [
    data({
      id: '/subscriptions/7',
      primaryKey: s.token('{x32}'),
      secondaryKey: s.token('{x32}'),
      state: s.ok('active'),
    }),
  ],
  'cloud azure publish profile': (s) => [
    text(
      s.text(
        '<publishProfile profileName="‹W›" publishMethod="MSDeploy" userName="$shop" userPWD="‹M›" destinationAppUrl="https://‹H›" />',
      ),
    ),
  ],
  'cloud instance metadata': (s) => [
    text(
      s.text(
        '{\n  "Code" : "Success",\n  "Type" : "AWS-HMAC",\n  "SecretAccessKey" : "‹K›",\n  "Token" : "‹M›‹M2›",\n  "Expiration" : "‹T›"\n}',
      ),
    ),
  ],
  'cloud console login profile': (s) => [
    call('aws', {
      argv: [
        'aws',
        'iam',
        'create-login-profile',
        '--user-name',
        s.ok('greta'),
        '--password',
        s.secret(),
      ],
    }),
  ],
  'cloud user data': (s) => [
    call('run_instances', {
      image: s.ok('ami-0abc'),
      userData: s.text('#!/bin/bash\necho "‹U›:‹S›" | chpasswd\nhostname ‹W›\n'),
    }),
  ],
  'cloud windows password': (s) => [
    data({
      instanceId: s.ok('i-0f00'),
      timestamp: '2026-01-02T03:04:05Z',
      adminPassword: s.secret(),
    }),
  ],
  'cloud terraform plan': (s) => [
    text(
      s.text(
        '  # aws_db_instance.‹W› will be created\n  + resource "aws_db_instance" "main" {\n      + password          = "‹S›"\n      + username          = "‹U›"\n    }',
      ),
    ),
  ],
  'cloud pulumi outputs': (s) => [
    text(s.text('Outputs:\n    dbPassword : "‹S›"\n    kubeHost   : "‹H›"\n')),
  ],
  'cloud gcp hmac': (s) => [
    data({ metadata: { accessId: s.ok('GOOG1E'), state: 'ACTIVE' }, secret: s.token('{s40}') }),
  ],
  // Git hosting and CI.
  'git remote': (s) => [
    text(s.text('origin\thttps://x-access-token:‹M›@‹H›/shop/app.git (fetch)')),
  ],
  'git credential fill': (s) => [
    text(s.text('protocol=https\nhost=‹H›\nusername=‹U›\npassword=‹M›\n')),
  ],
  'git webhook': (s) => [
    call('create_hook', {
      owner: s.ok('shop'),
      config: { url: `https://${s.host()}/hook`, content_type: 'json', secret: s.secret() },
    }),
  ],
  'git actions log': (s) => [
    text(
      s.text(
        '##[group]Run ./deploy.sh\nenv:\n  DEPLOY_PASSPHRASE: ‹S›\n  REGION: ‹W›\n##[endgroup]',
      ),
    ),
  ],
  'git diff of env': (s) => [
    text(s.text('@@ -1,3 +1,3 @@\n-SMTP_PASS=‹S›\n+SMTP_PASS=‹S2›\n SMTP_HOST=‹H›\n')),
  ],
  'git runner registration': (s) => [
    call('exec', {
      command: 'gitlab-runner',
      args: ['register', '--url', `https://${s.host()}/`, '--registration-token', s.token('{m20}')],
    }),
  ],
  'git commit message': (s) => [
    data({
      sha: 'a'.repeat(40),
      message: s.text('rotate: the old deploy password was ‹S›, the new one is in the vault'),
    }),
  ],
  // Browsers.
  'browser cookie jar': (s) => [
    data({
      cookies: [
        {
          name: '_app_sess',
          value: s.token('{m48}'),
          domain: s.host(),
          path: '/',
          httpOnly: true,
          sameSite: 'Lax',
        },
        {
          name: 'theme',
          value: s.ok('dark'),
          domain: s.host(),
          path: '/',
          httpOnly: false,
          sameSite: 'Lax',
        },
      ],
    }),
  ],
  'browser document.cookie': (s) => [
    text(s.text('document.cookie: "connect.sid=s%3A‹M›; _ga=GA1.2.3; theme=dark"')),
  ],
  'browser snapshot with code': (s) => [
    text(s.text('- paragraph: Your verification code is ‹O›. It expires soon.\n- button "‹W›"')),
  ],
  'browser evaluate': (s) => [
    call('browser_evaluate', {
      function: s.text("() => localStorage.setItem('access_token', '‹M›') // ‹W›"),
    }),
  ],
  'browser curl copy': (s) => [
    text(
      s.text(
        "curl 'https://‹H›/api' \\\n  -H 'accept: */*' \\\n  -b 'JSESSIONID=‹X›; lang=‹W›' \\\n  --compressed",
      ),
    ),
  ],
  'browser har': (s) => [
    data({
      request: {
        method: 'POST',
        url: `https://${s.host()}/login`,
        postData: {
          mimeType: 'application/x-www-form-urlencoded',
          params: [
            { name: 'user', value: s.ok('greta') },
            { name: 'passwd', value: s.secret() },
          ],
        },
        cookies: [{ name: 'sessionid', value: s.token('{l32}') }],
      },
    }),
  ],
  'browser netscape cookies': (s) => [
    text(s.text('# Netscape HTTP Cookie File\n.‹H›\tTRUE\t/\tTRUE\t1799999999\tsessionid\t‹M›\n')),
  ],
  'browser press keys': (s) => [
    call('browser_type', { selector: 'input[type=password]', value: s.secret(), submit: true }),
  ],
  'browser otp boxes': (s) => [
    call('fill_form', {
      fields: [
        { label: 'Authentication code', value: s.token('{n1}{d5}') },
        { label: 'Town', value: s.ok('Bergen') },
      ],
    }),
  ],
  // Mail and chat.
  'mail one-time code': (s) => [
    data({
      from: 'x',
      subject: s.text('‹O› is your ‹W› sign-in code'),
      snippet: s.text('Enter ‹O2› to sign in. ‹W2›'),
    }),
  ],
  'mail code in Spanish': (s) => [text(s.text('Hola, tu código de verificación es ‹O›. ‹W›'))],
  'mail code in German': (s) => [
    text(s.text('Ihr Bestätigungscode lautet: ‹O›\nGültig 10 Minuten, ‹W›')),
  ],
  'mail code in Japanese': (s) => [text(s.text('認証コード：‹O›\n‹W›'))],
  'mail code in Chinese': (s) => [text(s.text('【‹W›】您的验证码是‹O›，5分钟内有效。'))],
  'mail initial password': (s) => [
    text(
      s.text(
        'Hi,\nyour account ‹U› was made. Your initial password is: ‹P›\nPlease change it at https://‹H›/\n',
      ),
    ),
  ],
  'mail magic link': (s) => [
    text(s.text('Click https://‹H›/auth/magic?token=‹M›&redirect=home to sign in, ‹W›')),
  ],
  'mail reset link': (s) => [
    text(s.text('https://‹H›/users/password/edit?reset_password_token=‹M›')),
  ],
  'mail server settings': (s) => [
    text(s.text('IMAP: ‹H›:993\nBenutzer: ‹U›\nPasswort geändert zu ‹P›\n')),
  ],
  'chat passphrase': (s) => [
    text(`wifi for guests: ${s.ok('Harbour')}\npassphrase: ${s.token('{a5} {a7} {a5} {a6}')}\n`),
  ],
  'chat German': (s) => [text(s.text('Ich habe das Kennwort auf ‹P› gesetzt, ‹W›'))],
  'chat French': (s) => [text(s.text('Le mot de passe a été changé en ‹P› hier, ‹W›'))],
  'chat Dutch': (s) => [text(s.text('Het wachtwoord is gewijzigd naar ‹P› door ‹U›'))],
  'chat Japanese': (s) => [text(s.text('パスワードを「‹S›」に変更しました。‹W›'))],
  // Tickets and notes.
  'ticket comment': (s) => [
    data({
      key: s.ok('OPS-17'),
      comment: s.text('tried user ‹U› with pw ‹P› and got 401 from ‹H›'),
    }),
  ],
  'ticket table': (s) => [text(s.text('||Environment||User||Password||\n|‹W›|‹U›|‹S›|\n'))],
  'ticket creds in a slash': (s) => [text(s.text('Login for ‹H›: ‹U› / ‹S›'))],
  'note checklist': (s) => [
    text(s.text('- [x] rotate key\n- [ ] router admin pass: ‹P›\n- [ ] ‹W›')),
  ],
  'note two lines': (s) => [text(s.text('Router ‹W›\nUsername\n‹U›\nPassword\n‹S›\n'))],
  'note vault export': (s) => [
    text(
      s.text(
        'folder,favorite,type,name,notes,login_uri,login_username,login_password,login_totp\n,,login,‹W›,,https://‹H›/,‹U›,‹S›,\n',
      ),
    ),
  ],
  // Shells and machines.
  'shell argv mysql': (s) => [
    call('exec', {
      cmd: ['mysql', '-h', s.host(), '-u', 'root', `-p${s.secret()}`, '-e', s.ok('show tables')],
    }),
  ],
  'shell argv curl': (s) => [
    call('exec', {
      command: 'curl',
      args: ['-s', '-u', `${s.ok('report_ro')}:${s.secret()}`, `https://${s.host()}/v1`],
    }),
  ],
  'shell docker inspect': (s) => [
    data([
      {
        Path: '/usr/bin/redis-cli',
        Args: ['-h', s.host(), '-a', s.secret(), 'monitor'],
        State: { Status: s.ok('running') },
      },
    ]),
  ],
  'shell probes': (s) => [
    text(
      s.text(
        'livenessProbe:\n  exec:\n    command: ["mysqladmin", "ping", "-uroot", "-p‹S›"]\n  name: ‹W›\n',
      ),
    ),
  ],
  'shell block list': (s) => [
    text(
      s.text('containers:\n- name: ‹W›\n  command:\n  - redis-cli\n  - -a\n  - ‹S›\n  - ping\n'),
    ),
  ],
  'shell python subprocess': (s) => [
    text(s.text("subprocess.run(['sshpass', '-p', '‹S›', 'ssh', '-l', '‹U›', '‹H›'])")),
  ],
  'shell process list': (s) => [
    text(
      s.text(
        'root  412  0.0  /usr/sbin/openvpn --config x\n‹U›  911  1.2  python3 job.py --db-pass ‹S› --region ‹W›\n',
      ),
    ),
  ],
  'shell history': (s) => [
    text(
      s.text(
        '  501  export PGPASSWORD=‹S›\n  502  psql -h ‹H›\n  503  ansible-vault encrypt_string "‹S2›" --name ‹W›\n',
      ),
    ),
  ],
  'shell read prompt': (s) => [
    text(s.text("spawn ssh -l ‹U› ‹H›\n‹U›@web1's password: ‹S›\nWelcome to ‹W›\n")),
  ],
  'shell wifi profile': (s) => [
    text(s.text('[wifi-security]\nkey-mgmt=wpa-psk\npsk=‹S›\n[connection]\nid=‹W›\n')),
  ],
  'shell ansible': (s) => [
    text(s.text('db_password: !unsafe ‹S›\nadmin_password: !!str ‹S2›\nregion: ‹W›\n')),
  ],
  'shell wireguard': (s) => [
    text(
      s.text(
        '[Interface]\nAddress = 10.0.0.2/32\nPrivateKey = ‹K›=\n[Peer]\nEndpoint = ‹H›:51820\n',
      ),
    ),
  ],
  'shell compose': (s) => [
    text(
      s.text(
        'services:\n  db:\n    image: ‹W›\n    environment:\n      - POSTGRES_PASSWORD=‹S›\n    secrets:\n      - db_password\n',
      ),
    ),
  ],
  // Customers and payments.
  'crm contact': (s) => [
    data({
      contact: {
        id: s.ok('C-1001'),
        emailAddress: s.token('{a6}.{a5}@mail.example'),
        mobilePhone: s.secret(phone(s.random)),
      },
    }),
  ],
  'crm note with card': (s) => [
    text(
      'customer paid with '.concat(
        s.secret(card(s.random)),
        ' cvc ',
        s.token('{n1}{d2}'),
        ' exp 12/29, order ',
        s.ok('A-7781'),
      ),
    ),
  ],
  'payment webhook': (s) => [
    data({
      type: s.ok('charge.succeeded'),
      signing_secret: s.token('whsec_{m32}'),
      livemode: true,
    }),
  ],
  'payment bank account': (s) => [
    data({
      account_holder_type: s.ok('individual'),
      routing_number: '110000000',
      account_number: s.token('000{n1}{d8}'),
    }),
  ],
  'payment terminal': (s) => [text(s.text('Terminal ‹W›: merchant PIN is now ‹O›, batch ‹N›'))],
  'payment gateway config': (s) => [
    data({
      gateway: s.ok('paygate'),
      merchantId: s.ok('M-2217'),
      merchantKey: s.secret(),
      merchantSalt: s.token('{m24}'),
    }),
  ],
  'payment sepa': (s) => [
    text('Please collect from '.concat(s.secret(iban(s.random)), ' holder ', s.ok('the shop'))),
  ],
};
