/** Group `scenario`: whole MCP calls and results as servers send them, secrets where they really stand. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';
import { MACHINE_SCENES } from './scenario-machines.ts';
import { MORE_SCENES } from './scenario-more.ts';
import { TOOL_SCENES } from './scenario-tools.ts';
import { CONFIGS } from './scenario-configs.ts';
import { call, data, type MakeScene, Scene, text } from './scene.ts';

const SCENES: Readonly<Record<string, MakeScene>> = {
  HAR: (s) => [
    data({
      log: {
        version: '1.2',
        entries: [
          {
            request: {
              method: 'POST',
              url: `https://${s.host()}/v1?api_key=${s.token('{m32}')}&page=2`,
              headers: [
                { name: 'Authorization', value: `Bearer ${s.token('{m40}')}` },
                { name: 'Accept', value: s.ok('text/x-special') },
              ],
              queryString: [
                { name: 'api_key', value: s.token('{m32}') },
                { name: 'page', value: '2' },
              ],
              cookies: [{ name: 'sid', value: s.token('{x32}') }],
              postData: {
                mimeType: 'application/x-www-form-urlencoded',
                text: `user=x&password=${s.secret()}`,
                params: [{ name: 'password', value: s.secret() }],
              },
            },
            response: {
              status: 200,
              headers: [{ name: 'Set-Cookie', value: `sid=${s.token('{x32}')}; Path=/` }],
              content: {
                mimeType: 'application/json',
                text: JSON.stringify({ access_token: s.token('{m40}'), token_type: 'Bearer' }),
              },
            },
            time: 42,
          },
        ],
      },
    }),
  ],
  'OAuth answer': (s) => [
    data({
      access_token: s.token('{m40}'),
      refresh_token: s.token('{m40}'),
      id_token: s.jwt(),
      token_type: s.ok('Bearer'),
      expires_in: 3600,
      scope: s.ok('read write'),
    }),
  ],
  'OAuth client registration': (s) => [
    data({
      client_id: s.ok(s.random.fill('{l20}')),
      client_secret: s.token('{m40}'),
      redirect_uris: [`https://${s.host()}/cb`],
      registration_access_token: s.token('{m40}'),
    }),
  ],
  'device code': (s) => [
    data({
      device_code: s.token('{m40}'),
      user_code: 'WDJB-MJHT',
      verification_uri: `https://${s.host()}/device`,
      interval: 5,
    }),
  ],
  'login call': (s) => [
    call('login', {
      username: s.ok(s.random.user()),
      password: s.secret(s.random.humanPassword()),
    }),
    data({ ok: true, session: { token: s.token('{m40}'), expires: s.ok(s.random.time()) } }),
  ],
  'login error echo': (s) => {
    const password = s.secret();
    const user = s.ok(s.random.user());
    return [
      call('connect', { host: s.host(), user, password }),
      {
        direction: 'response',
        value: {
          isError: true,
          content: [
            {
              type: 'text',
              text: `could not connect as ${user} with '${password}': access denied`,
            },
          ],
        },
      },
    ];
  },
  'connect call': (s) => [
    call('connect_db', { connectionString: s.text('postgresql://‹U›:‹S›@‹H›:5432/shop') }),
    text('connected'),
  ],
  'http request call': (s) => [
    call('fetch', {
      url: `https://${s.host()}/v1`,
      method: 'GET',
      headers: {
        Authorization: `Bearer ${s.token('{m40}')}`,
        Accept: s.ok('text/x-special'),
        Cookie: `sid=${s.token('{x32}')}`,
      },
    }),
  ],
  'http response echo': (s) => [
    text(
      `HTTP/1.1 200 OK\r\nSet-Cookie: session=${s.token('{m40}')}; HttpOnly\r\nX-Request-Id: ${s.ok(s.random.uuid())}\r\n\r\n{"ok":true}`,
    ),
  ],
  'httpbin echo': (s) => [
    data({
      args: {},
      headers: {
        Accept: '*/*',
        Authorization: `Basic ${s.token('{s32}')}`,
        Host: s.host(),
        'X-Api-Key': s.token('{m32}'),
      },
      origin: '203.0.113.7',
    }),
  ],
  'run curl': (s) => [
    call('execute_command', {
      command: s.text('curl -s -u ‹U›:‹S› -H "X-Api-Key: ‹M›" https://‹H›/v1/items | jq .'),
    }),
  ],
  'run export': (s) => [
    call('bash', { command: s.text('export GH_TOKEN=‹M› && gh repo list ‹W› --limit 5') }),
  ],
  'write file': (s) => [
    call('write_file', {
      path: s.ok('/srv/app/.env'),
      content: s.text('DB_HOST=‹H›\nDB_PASSWORD=‹P›\nMODE=fast\n'),
    }),
    text('Successfully wrote to /srv/app/.env'),
  ],
  'edit file': (s) => [
    call('edit_file', {
      path: s.ok('/srv/app/config.yml'),
      edits: [{ oldText: s.text('password: ‹S›'), newText: s.text('password: ‹S2›') }],
    }),
  ],
  'read file': (s) => [
    call('read_text_file', { path: s.ok('/srv/app/.npmrc') }),
    text(s.text('//‹H›/:_authToken=‹M›\nregistry=https://‹H›/\n')),
  ],
  'read multiple files': (s) => [
    text(
      s.text(
        '/srv/a.env:\nAPI_KEY=‹M›\nMODE=fast\n\n---\n/srv/b.ini:\n[db]\npassword = ‹S›\nhost = ‹H›\n',
      ),
    ),
  ],
  'search files': (s) => [
    text(
      s.text(
        'Found 2 matches\nsrc/app.ts:12: const secretKey = "‹M›";\nsrc/app.ts:40: const region = "‹W›";\n',
      ),
    ),
  ],
  'read ssh key': (s) => [
    call('read_file', { path: s.ok('/root/.ssh/id_rsa') }),
    text(s.text('-----BEGIN OPENSSH ‹Y›-----\n‹E›\n-----END OPENSSH ‹Y›-----\n')),
  ],
  'database rows objects': (s) => [
    call('query', { sql: s.ok('SELECT id, name, api_key FROM clients') }),
    data([
      { id: 1, name: s.word(), api_key: s.token('{m32}') },
      { id: 2, name: s.word(), api_key: s.token('{m32}') },
    ]),
  ],
  'database rows columns': (s) => [
    data({
      columns: ['id', 'name', 'password'],
      rows: [
        [1, s.word(), s.secret()],
        [2, s.word(), s.secret()],
      ],
      rowCount: 2,
    }),
  ],
  'database rows fields': (s) => [
    data({
      fields: [{ name: 'id' }, { name: 'token' }, { name: 'region' }],
      rows: [
        [1, s.token('{m40}'), s.ok('eu-north')],
        [2, s.token('{m40}'), 'eu-south'],
      ],
    }),
  ],
  'database psql table': (s) => [
    text(
      ` id | name | api_token\n----+------+-----------\n  1 | ${s.word()} | ${s.token('{m40}')}\n  2 | ${s.word()} | ${s.token('{m40}')}\n(2 rows)\n`,
    ),
  ],
  'database mysql table': (s) => [
    text(
      `+----+----------+------------------+\n| id | name     | password         |\n+----+----------+------------------+\n|  1 | ${s.word()} | ${s.secret()} |\n+----+----------+------------------+\n`,
    ),
  ],
  'database CSV': (s) => [
    text(
      `id,name,secret_key,region\n1,${s.word()},${s.token('{m40}')},eu\n2,${s.word()},${s.token('{m40}')},us\n`,
    ),
  ],
  'database vertical': (s) => [
    text(
      `*************************** 1. row ***************************\n      id: 1\n    name: ${s.word()}\npassword: ${s.secret()}\n  region: ${s.ok('eu-north')}\n`,
    ),
  ],
  'markdown rows': (s) => [
    text(
      `| name | password | region |\n| --- | --- | --- |\n| ${s.word()} | ${s.secret()} | ${s.ok('eu-north')} |\n`,
    ),
  ],
  'redis get': (s) => [
    call('redis_config_get', { pattern: 'requirepass' }),
    text(`1) "requirepass"\n2) "${s.secret()}"\n3) "maxmemory"\n4) "${s.ok('104857600')}"`),
  ],
  'mongo document': (s) => [
    data([
      {
        _id: s.ok(s.random.fill('{x24}')),
        name: s.word(),
        auth: { passwordHash: `$2b$12$${s.token('{m53}')}`, resetToken: s.token('{m40}') },
      },
    ]),
  ],
  'slack message': (s) => [
    data({
      messages: [
        {
          user: s.ok('U0123ABCD'),
          ts: '1764000000.000100',
          text: `the staging password is ${s.secret()} :key:`,
        },
        { user: 'U0456', text: s.ok('thanks a lot') },
      ],
    }),
  ],
  'issue body': (s) => [
    data({
      number: 42,
      title: s.word(),
      body: s.text('Steps:\n1. set `API_KEY=‹M›`\n2. run the app\n\nSee ‹W›.'),
      labels: [s.ok('bug-report')],
    }),
  ],
  'e-mail body': (s) => [
    data({
      subject: s.ok('Welcome aboard'),
      body: s.text(
        'Hello,\nyour account is ready.\nUser: ‹U›\nPassword: ‹P›\nLog in at https://‹H›/login\n',
      ),
    }),
  ],
  'calendar invite': (s) => [
    data({
      title: s.word(),
      description: s.text('Join: https://‹H›/j/87654321?pwd=‹M›\nPasscode: ‹S›\n'),
    }),
  ],
  'otp message': (s) => [
    data({
      from: s.word(),
      body: `Your verification code is ${s.token('{n1}{d5}')}. It expires in 10 minutes.`,
    }),
  ],
  'error with URL': (s) => [
    {
      direction: 'response',
      value: {
        code: -32603,
        message: s.text('connect ECONNREFUSED redis://default:‹S›@‹H›:6379'),
        data: { retry: true },
      },
    },
  ],
  'error stack': (s) => [
    {
      direction: 'response',
      value: {
        isError: true,
        content: [
          {
            type: 'text',
            text: s.text(
              'Traceback (most recent call last):\n  File "/srv/app.py", line 7, in main\n    client = Client(api_key="‹M›", region="‹W›")\nValueError: bad region',
            ),
          },
        ],
      },
    },
  ],
  'error axios': (s) => [
    data({
      message: 'Request failed with status code 401',
      config: {
        url: `https://${s.host()}/v1`,
        headers: { Authorization: `Bearer ${s.token('{m40}')}`, 'User-Agent': s.ok('axios/1.12') },
        data: JSON.stringify({ password: s.secret() }),
      },
    }),
  ],
  'log notification': (s) => [
    {
      direction: 'response',
      value: {
        method: 'notifications/message',
        params: {
          level: 'debug',
          logger: s.word(),
          data: {
            headers: { authorization: `Bearer ${s.token('{m40}')}` },
            path: s.ok('/v1/items'),
          },
        },
      },
    },
  ],
  elicitation: (s) => [
    {
      direction: 'response',
      value: {
        action: 'accept',
        content: { username: s.ok(s.random.user()), password: s.secret(s.random.humanPassword()) },
      },
    },
  ],
  'schema password': (s) => [
    {
      direction: 'request',
      tool: 'unlock',
      inputSchema: {
        type: 'object',
        properties: { box: { type: 'string' }, phrase: { type: 'string', format: 'password' } },
      },
      value: { box: s.word(), phrase: s.secret(s.random.humanPassword()) },
    },
  ],
  'schema writeOnly': (s) => [
    {
      direction: 'request',
      tool: 'unlock',
      inputSchema: {
        type: 'object',
        properties: {
          box: { type: 'string' },
          inner: { type: 'object', properties: { word: { type: 'string', writeOnly: true } } },
        },
      },
      value: { box: s.word(), inner: { word: s.secret(s.random.humanPassword()) } },
    },
  ],
  'prompt arguments': (s) => [
    {
      direction: 'request',
      value: {
        method: 'prompts/get',
        params: { name: s.word(), arguments: { api_key: s.token('{m40}') } },
      },
    },
  ],
  'resource URI': (s) => [
    {
      direction: 'request',
      value: {
        method: 'resources/read',
        params: { uri: s.text('postgres://‹U›:‹S›@‹H›/shop/orders') },
      },
    },
  ],
  'meta authorization': (s) => [
    {
      direction: 'request',
      value: {
        name: s.word(),
        arguments: {},
        _meta: { progressToken: s.ok('p-42-eu'), authorization: `Bearer ${s.token('{m40}')}` },
      },
    },
  ],
  'webhook created': (s) => [
    data({
      id: s.ok(s.random.fill('we_1{m23}')),
      url: `https://${s.host()}/hook`,
      secret: s.token('whsec_{m32}'),
      enabled_events: [s.ok('charge.succeeded')],
    }),
  ],
  'npm whoami debug': (s) => [
    text(
      s.text(
        'npm verbose cli /usr/bin/node\nnpm http fetch GET 200 https://‹H›/-/whoami 120ms\n; //‹H›/:_authToken = "‹M›"\nregistry = "https://‹H›/"\n',
      ),
    ),
  ],
  'wifi profile': (s) => [
    text(
      s.text(
        'Profile ‹W› on interface Wi-Fi:\n    SSID name   : "‹W›"\n    Key Content : ‹S›\n    Cipher      : CCMP\n',
      ),
    ),
  ],
  'router config': (s) => [
    text(
      s.text(
        'hostname ‹W›\nenable secret 5 $1$abcd$‹M›\nusername ‹U› privilege 15 password 0 ‹S›\nsnmp-server community ‹S2› RO\n',
      ),
    ),
  ],
  'crypto wallet': (s) => [
    data({
      address: s.ok(`0x${s.random.fill('{x40}')}`),
      privateKey: `0x${s.token('{x64}')}`,
      balance: '1.5',
    }),
  ],
  mnemonic: (s) => [data({ wallet: s.ok('main-wallet'), mnemonic: s.secret(s.random.words(12)) })],
  'grafana datasource': (s) => [
    data({
      name: s.word(),
      type: s.ok('postgres-x'),
      secureJsonData: { password: s.secret() },
      jsonData: { sslmode: s.ok('verify-full') },
    }),
  ],
  'airflow connection': (s) => [
    data({
      connection_id: s.word(),
      conn_type: s.ok('mysql-x'),
      login: s.random.user(),
      password: s.secret(),
      extra: JSON.stringify({ token: s.token('{m40}') }),
    }),
  ],
  'n8n credential': (s) => [
    data({
      name: s.word(),
      type: s.ok('httpHeaderAuth'),
      data: { name: 'X-Api-Key', value: s.token('{m40}') },
    }),
  ],
  'postman collection': (s) => [
    data({
      info: { name: s.word() },
      auth: { type: 'bearer', bearer: [{ key: 'token', value: s.token('{m40}'), type: 'string' }] },
      variable: [{ key: 'baseUrl', value: `https://${s.host()}` }],
    }),
  ],
  'postman basic auth': (s) => [
    data({
      auth: {
        type: 'basic',
        basic: [
          { key: 'password', value: s.secret() },
          { key: 'username', value: s.ok(s.random.user()) },
        ],
      },
    }),
  ],
  'jupyter cell': (s) => [
    data({
      cells: [
        {
          cell_type: 'code',
          source: [
            'import client\n',
            `client.api_key = "${s.token('{m40}')}"\n`,
            `client.region = "${s.ok('eu-north')}"\n`,
          ],
          outputs: [],
        },
      ],
    }),
  ],
};

export function scenario(seed: number): Draft[] {
  const drafts: Draft[] = [];
  for (const [kind, make] of Object.entries({
    ...MACHINE_SCENES,
    ...SCENES,
    ...MORE_SCENES,
    ...CONFIGS,
    ...TOOL_SCENES,
  })) {
    const random = new Random(seed, `scenario/${kind}`);
    for (let i = 0; i < 2; i++) {
      const scene = new Scene(random);
      const steps = make(scene);
      drafts.push({ kind, steps, secrets: scene.secrets, keep: scene.keep });
    }
  }
  return drafts;
}
