/** Scenes of group `scenario`: browsers, containers, clouds, vaults, version control, build services. */
import { call, data, type MakeScene, text, PRIVATE_KEY } from './scene.ts';

export const MACHINE_SCENES: Readonly<Record<string, MakeScene>> = {
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
      private_key: `-----BEGIN ${PRIVATE_KEY}-----\n${s.token('{s64}')}\n${s.token('{s64}')}\n-----END ${PRIVATE_KEY}-----\n`,
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
        `-----BEGIN ${PRIVATE_KEY}-----\n${s.random.fill('{s64}')}\n-----END ${PRIVATE_KEY}-----\n`,
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
};
