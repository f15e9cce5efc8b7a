/** Group `scenario`: whole MCP calls and results as servers send them, secrets where they really stand. */
import type { Draft, Step } from './cases.ts';
import { Random } from './random.ts';
import { MORE_SCENES } from './scenario-more.ts';
import { CONFIGS } from './scenario-configs.ts';
import { Scene } from './scene.ts';

type Make = (scene: Scene) => readonly Step[];

const call = (name: string, args: unknown): Step => ({
  direction: 'request',
  tool: name,
  value: { name, arguments: args },
});
const text = (body: string): Step => ({
  direction: 'response',
  value: { content: [{ type: 'text', text: body }] },
});
const data = (structuredContent: unknown): Step => ({
  direction: 'response',
  value: {
    content: [{ type: 'text', text: JSON.stringify(structuredContent, null, 2) }],
    structuredContent,
  },
});

const SCENES: Readonly<Record<string, Make>> = {
  'browser form fill': (s) => [
    call('browser_fill_form', {
      fields: [
        { name: 'Username', type: 'textbox', ref: 'e12', value: s.ok(s.random.user()) },
        {
          name: 'Password',
          type: 'textbox',
          ref: 'e14',
          value: s.secret(s.random.humanPassword()),
        },
        { name: 'Remember me', type: 'checkbox', ref: 'e16', value: 'true' },
      ],
    }),
  ],
  'browser type': (s) => [
    call('browser_type', {
      element: 'Password field',
      ref: 'e14',
      text: s.secret(s.random.humanPassword()),
      submit: true,
    }),
    text(
      s.text(
        '### Ran Playwright code\nawait page.getByRole("button").click();\n### Page URL: https://‹H›/home',
      ),
    ),
  ],
  'browser fill selector': (s) => [
    call('puppeteer_fill', { selector: '#password', value: s.secret(s.random.humanPassword()) }),
    text('Filled #password'),
  ],
  'browser fill input type': (s) => [
    call('fill', { selector: 'input[type="password"]', value: s.secret() }),
  ],
  'browser code': (s) => {
    const password = s.secret();
    return [
      text(
        `### Ran Playwright code\nawait page.getByLabel('Password').fill('${password}');\nawait page.getByLabel('City').fill('${s.ok('Oslo')}');`,
      ),
    ];
  },
  'browser echo': (s) => {
    const password = s.secret();
    return [
      call('browser_fill_form', { fields: [{ name: 'Password', ref: 'e3', value: password }] }),
      text(
        `await page.locator('aria-ref=e3').fill('${password}');\n- textbox [ref=e3]: ${password}\n- button "${s.ok('Sign in')}" [ref=e4]`,
      ),
    ];
  },
  'browser storage': (s) => [
    data({
      cookies: [
        { name: 'session', value: s.token('{m40}'), domain: s.host(), httpOnly: true },
        { name: 'theme', value: s.ok('dark-blue'), domain: 'x.example' },
      ],
      origins: [
        {
          origin: 'https://x.example',
          localStorage: [
            { name: 'access_token', value: s.jwt() },
            { name: 'lang', value: s.ok('en-GB') },
          ],
        },
      ],
    }),
  ],
  'browser evaluate': (s) => [
    call('browser_evaluate', { function: '() => document.cookie' }),
    text(
      `### Result\n"theme=${s.ok('dark-blue')}; sessionid=${s.token('{x32}')}; csrftoken=${s.token('{m32}')}"`,
    ),
  ],
  'docker inspect': (s) => [
    call('docker_inspect', { container: s.ok('shop-db-1') }),
    data([
      {
        Id: s.ok(s.random.fill('{x64}')),
        Image: `sha256:${s.ok(s.random.fill('{x64}'))}`,
        Config: {
          Hostname: s.ok(s.random.fill('{x12}')),
          Env: [
            `POSTGRES_PASSWORD=${s.secret()}`,
            s.ok('POSTGRES_DB=shop'),
            s.ok('PATH=/usr/local/sbin:/usr/bin'),
            `API_TOKEN=${s.token('{m40}')}`,
          ],
          Labels: { 'com.docker.compose.project': s.word() },
        },
        NetworkSettings: { IPAddress: s.ok('172.17.0.2'), Ports: { '5432/tcp': null } },
      },
    ]),
  ],
  'docker compose config': (s) => [
    text(
      s.text(
        'name: shop\nservices:\n  db:\n    environment:\n      MYSQL_ROOT_PASSWORD: ‹S›\n      MYSQL_USER: ‹U›\n    image: mysql:9\n',
      ),
    ),
  ],
  'docker exec env': (s) => [
    call('exec', { container: 'shop-1', command: ['env'] }),
    text(
      s.text(
        'HOSTNAME=‹W›\nDATABASE_URL=postgres://‹U›:‹S›@‹H›:5432/shop\nJWT_SECRET=‹M›\nNODE_ENV=production\n',
      ),
    ),
  ],
  'docker history': (s) => [
    text(
      s.text(
        'IMAGE  CREATED BY  SIZE\nabc123  ENV API_KEY=‹M›  0B\ndef456  RUN |1 NPM_TOKEN=‹M2› /bin/sh -c npm ci  12MB\nghi789  COPY . /‹W›  3MB\n',
      ),
    ),
  ],
  'cloud STS': (s) => [
    call('assume_role', { role: 'arn:aws:iam::123456789012:role/shop' }),
    data({
      Credentials: {
        AccessKeyId: s.token('ASIA{b16}'),
        SecretAccessKey: s.token('{s40}'),
        SessionToken: s.token('IQoJb3JpZ2luX2VjE{s300}'),
        Expiration: s.ok(s.random.time()),
      },
      AssumedRoleUser: { Arn: s.ok('arn:aws:sts::123456789012:assumed-role/shop/me') },
    }),
  ],
  'cloud create access key': (s) => [
    data({
      AccessKey: {
        UserName: s.ok(s.random.user()),
        AccessKeyId: s.token('AKIA{b16}'),
        Status: 'Active',
        SecretAccessKey: s.token('{s40}'),
      },
    }),
  ],
  'cloud XML STS': (s) => [
    text(
      `<AssumeRoleResponse><Credentials><SecretAccessKey>${s.token('{s40}')}</SecretAccessKey><SessionToken>${s.token('{s200}')}</SessionToken><Expiration>${s.ok(s.random.time())}</Expiration></Credentials></AssumeRoleResponse>`,
    ),
  ],
  'cloud service account': (s) => [
    data({
      type: 'service_account',
      project_id: s.word(),
      private_key_id: s.random.fill('{x40}'),
      private_key: `-----BEGIN PRIVATE KEY-----\n${s.token('{s64}')}\n${s.token('{s64}')}\n-----END PRIVATE KEY-----\n`,
      token_uri: s.ok('https://oauth2.googleapis.com/token'),
    }),
  ],
  'cloud gcloud token': (s) => [
    call('run', { command: 'gcloud auth print-access-token' }),
    text(`${s.token('ya29.{w140}')}\n`),
  ],
  'cloud az account token': (s) => [
    data({
      accessToken: s.jwt(),
      expiresOn: s.ok('2026-11-26 13:00:00'),
      subscription: s.ok(s.random.uuid()),
      tokenType: 'Bearer',
    }),
  ],
  'cloud az storage keys': (s) => [
    data([
      { keyName: s.ok('key1'), permissions: 'FULL', value: s.token('{s86}==') },
      { keyName: 'key2', permissions: 'FULL', value: s.token('{s86}==') },
    ]),
  ],
  'cloud az sp': (s) => [
    data({
      appId: s.ok(s.random.uuid()),
      displayName: s.word(),
      password: s.token('{m3}8Q~{w34}'),
      tenant: s.ok(s.random.uuid()),
    }),
  ],
  'cloud lambda config': (s) => [
    data({
      FunctionName: s.word(),
      Runtime: s.ok('nodejs24.x'),
      Environment: {
        Variables: {
          STRIPE_KEY: s.token('sk_live_{m24}'),
          DB_PASS: s.secret(),
          STAGE: s.ok('prod-eu'),
        },
      },
    }),
  ],
  'cloud ecs task': (s) => [
    data({
      containerDefinitions: [
        {
          name: s.word(),
          environment: [
            { name: 'API_SECRET', value: s.token('{m40}') },
            { name: 'STAGE', value: s.ok('prod-eu') },
          ],
          memory: 512,
        },
      ],
    }),
  ],
  'cloud secrets manager': (s) => [
    data({
      Name: s.ok('shop/db'),
      VersionId: s.random.uuid(),
      SecretString: JSON.stringify({ username: s.random.user(), password: s.secret() }),
      CreatedDate: s.ok(s.random.time()),
    }),
  ],
  'cloud secrets manager plain': (s) => [
    data({
      Name: s.ok('shop/api'),
      SecretString: s.token('{m40}'),
      VersionStages: [s.ok('AWSCURRENT')],
    }),
  ],
  'cloud ssm': (s) => [
    data({
      Parameter: {
        Name: s.ok('/shop/db/password'),
        Type: 'SecureString',
        Value: s.secret(),
        Version: 3,
      },
    }),
  ],
  'cloud ssm list': (s) => [
    data({
      Parameters: [
        { Name: '/shop/api_key', Type: 'SecureString', Value: s.token('{m40}') },
        { Name: s.ok('/shop/region'), Type: 'String', Value: s.ok('eu-west-1') },
      ],
    }),
  ],
  'gcp secret access': (s) => [
    data({
      name: s.ok('projects/1/secrets/db-password/versions/3'),
      payload: { data: s.secret(Buffer.from(s.secret()).toString('base64').replace(/=+$/, '')) },
    }),
  ],
  'vault read': (s) => [
    call('vault_read', { path: s.ok('secret/data/shop') }),
    data({
      request_id: s.ok(s.random.uuid()),
      lease_duration: 0,
      data: {
        data: { password: s.secret(), user: s.ok(s.random.user()), api_token: s.token('{m40}') },
        metadata: { version: 4 },
      },
    }),
  ],
  'vault login': (s) => [
    data({
      auth: {
        client_token: s.token('hvs.{w95}'),
        accessor: s.random.fill('{m24}'),
        policies: [s.ok('shop-read')],
        lease_duration: 3600,
      },
    }),
  ],
  'vault table': (s) => [
    text(
      `Key                Value\n---                -----\ntoken              ${s.token('hvs.{w95}')}\ntoken_duration     768h\npassword           ${s.secret()}\nregion             ${s.ok('eu-north')}\n`,
    ),
  ],
  'vault init': (s) => [
    text(
      `Unseal Key 1: ${s.token('{s44}')}\nUnseal Key 2: ${s.token('{s44}')}\n\nInitial Root Token: ${s.token('hvs.{m24}')}\n\nVault initialized with ${s.ok('2 key shares')}`,
    ),
  ],
  'password manager item': (s) => [
    data({
      id: s.ok(s.random.fill('{l26}')),
      title: s.word(),
      fields: [
        { id: 'username', label: 'username', value: s.random.user() },
        { id: 'password', type: 'CONCEALED', label: 'password', value: s.secret() },
        { id: 'n', type: 'STRING', label: 'note', value: s.word() },
      ],
    }),
  ],
  'bitwarden item': (s) => [
    data({
      object: 'item',
      name: s.word(),
      login: {
        username: s.random.user(),
        password: s.secret(),
        totp: s.token('{b32}'),
        uris: [{ uri: `https://${s.host()}` }],
      },
    }),
  ],
  'process list': (s) => [
    call('run_command', { command: 'ps aux' }),
    text(
      s.text(
        'USER  PID %CPU COMMAND\nroot  1  0.0 /sbin/init\n‹U›  42  1.2 /usr/bin/app --port 8080 --api-key ‹M› --mode fast\nmysql 77 0.3 mysqldump -u root -p‹S› shop\n‹U2› 99 0.1 node server.js --db postgres://x:‹S2›@‹H›/shop\n',
      ),
    ),
  ],
  'process list JSON': (s) => [
    data({
      processes: [
        {
          pid: 42,
          name: s.ok('worker-main'),
          cmdline: ['worker', '--token', s.token('{m40}'), '--queue', s.ok('orders-eu')],
        },
      ],
    }),
  ],
  'process environ': (s) => [
    text(`PATH=${s.ok('/usr/bin:/bin')}\0API_TOKEN=${s.token('{m40}')}\0HOME=${s.ok('/root')}\0`),
  ],
  'get-env result': (s) => [
    text(
      JSON.stringify(
        {
          HOME: s.ok('/srv/app-home'),
          GITHUB_TOKEN: s.token('ghp_{m36}'),
          OPENAI_API_KEY: s.token('sk-proj-{w74}T3BlbkFJ{w74}'),
          LANG: s.ok('C.UTF-8'),
          PGPASSWORD: s.secret(),
        },
        null,
        2,
      ),
    ),
  ],
  'git remote': (s) => [
    call('git', { args: ['remote', '-v'] }),
    text(
      s.text(
        'origin\thttps://‹U›:‹M›@‹H›/team/app.git (fetch)\norigin\thttps://‹U›:‹M›@‹H›/team/app.git (push)\n',
      ),
    ),
  ],
  'git push error': (s) => [
    text(
      s.text(
        "fatal: unable to access 'https://x-access-token:‹M›@‹H›/team/app.git/': The requested URL returned error: 403",
      ),
    ),
  ],
  'git show': (s) => [
    text(
      s.text(
        'commit 1a2b3c4d\n\n    add settings\n\ndiff --git a/config.py b/config.py\n+DB_PASSWORD = "‹P›"\n+REGION = "‹W›"\n',
      ),
    ),
  ],
  'CI log': (s) => [
    text(
      s.text(
        '‹T› ##[group]Run npm publish\n‹T2› env:\n‹T3›   NODE_AUTH_TOKEN: ‹M›\n‹T4› npm notice package size: 12 kB\n',
      ),
    ),
  ],
  'CI log set -x': (s) => [
    text(
      s.text(
        "+ export DEPLOY_KEY=‹M›\n+ DEPLOY_KEY=‹M›\n+ curl -H 'Authorization: Bearer ‹M2›' https://‹H›/deploy\n+ echo done\n",
      ),
    ),
  ],
  'CI variables': (s) => [
    data([
      {
        variable_type: 'env_var',
        key: 'DEPLOY_TOKEN',
        value: s.token('{m40}'),
        protected: true,
        masked: true,
      },
      { key: 'REGION', value: s.ok('eu-north'), masked: false },
    ]),
  ],
  'kubectl get secret yaml': (s) => {
    const [password, user] = [s.secret(), s.random.user()];
    const encoded = s.secret(Buffer.from(password).toString('base64').replace(/=+$/, ''));
    return [
      text(
        `apiVersion: v1\ndata:\n  password: ${encoded}==\n  username: ${Buffer.from(user).toString('base64')}\nkind: Secret\nmetadata:\n  name: ${s.ok('shop-db')}\n  namespace: ${s.ok('shop-prod')}\n  uid: ${s.ok(s.random.uuid())}\ntype: ${s.ok('Opaque')}\n`,
      ),
    ];
  },
  'kubectl get secret JSON': (s) => {
    const encoded = s.secret(Buffer.from(s.secret(s.random.fill('{m30}'))).toString('base64'));
    return [
      data({
        apiVersion: 'v1',
        kind: 'Secret',
        data: { 'api-token': encoded },
        metadata: { name: s.ok('shop-api'), namespace: s.ok('shop-prod') },
        type: 'Opaque',
      }),
    ];
  },
  'kubectl tls secret': (s) => {
    const key = s.secret(
      Buffer.from(
        `-----BEGIN PRIVATE KEY-----\n${s.random.fill('{s64}')}\n-----END PRIVATE KEY-----\n`,
      ).toString('base64'),
    );
    return [
      text(
        `apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\ndata:\n  tls.key: ${key}\nmetadata:\n  name: ${s.ok('shop-tls')}\n`,
      ),
    ];
  },
  'kubectl describe pod': (s) => [
    text(
      s.text(
        'Name:  shop-1\nContainers:\n  app:\n    Environment:\n      DB_PASSWORD:  ‹S›\n      REGION:       ‹W›\n      TOKEN:        <set to the key in secret "x">\n',
      ),
    ),
  ],
  'kubectl logs': (s) => [
    text(
      s.text(
        '‹T› INFO starting\n‹T2› DEBUG config: {"db":{"host":"‹H›","password":"‹S›"},"port":8080}\n‹T3› INFO ready\n',
      ),
    ),
  ],
  kubeconfig: (s) => [
    text(
      `apiVersion: v1\nclusters:\n- cluster:\n    server: https://${s.host()}:6443\n  name: shop\nusers:\n- name: admin\n  user:\n    client-key-data: ${s.token('{s200}')}\n    token: ${s.jwt()}\n`,
    ),
  ],
  'terraform output': (s) => [
    data({
      db_password: { sensitive: true, type: 'string', value: s.secret() },
      region: { sensitive: false, type: 'string', value: s.ok('eu-west-1') },
    }),
  ],
  'terraform output text': (s) => [
    text(`db_host = "${s.host()}"\ndb_password = "${s.secret()}"\nreplicas = ${s.ok('3141')}\n`),
  ],
  'terraform state': (s) => [
    data({
      version: 4,
      resources: [
        {
          type: 'random_password',
          name: s.word(),
          instances: [{ attributes: { length: 24, result: s.token('{m24}') } }],
        },
        {
          type: 'aws_db_instance',
          instances: [{ attributes: { password: s.secret(), engine: s.ok('postgres-17') } }],
        },
      ],
    }),
  ],
  'terraform plan': (s) => [
    text(
      s.text(
        '  # app.main will be updated in-place\n  ~ environment {\n      ~ API_TOKEN = "‹M›" -> "‹M2›"\n        REGION    = "‹W›"\n    }\nPlan: 0 to add, 1 to change\n',
      ),
    ),
  ],
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
    text(s.text('-----BEGIN OPENSSH PRIVATE KEY-----\n‹E›\n-----END OPENSSH PRIVATE KEY-----\n')),
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
  for (const [kind, make] of Object.entries({ ...SCENES, ...MORE_SCENES, ...CONFIGS })) {
    const random = new Random(seed, `scenario/${kind}`);
    for (let i = 0; i < 2; i++) {
      const scene = new Scene(random);
      const steps = make(scene);
      drafts.push({ kind, steps, secrets: scene.secrets, keep: scene.keep });
    }
  }
  return drafts;
}
