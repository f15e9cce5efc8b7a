/** Scenes of group `scenario`, part two: servers for databases, clouds, chats, browsers and machines. */
import { call, data, type MakeScene, text, PRIVATE_KEY } from './scene.ts';

export const MORE_SCENES: Readonly<Record<string, MakeScene>> = {
  'browser select and submit': (s) => [
    call('browser_fill_form', {
      fields: [
        { name: 'E-mail or user', ref: 'e1', value: s.ok('shop-admin') },
        { name: 'Current password', ref: 'e2', value: s.secret() },
        { name: 'New password', ref: 'e3', value: s.secret() },
        { name: 'City', ref: 'e4', value: s.ok('Trondheim') },
      ],
    }),
    text(`- textbox "City" [ref=e4]: ${s.ok('Trondheim')}\n- status: saved`),
  ],
  'browser API key page': (s) => [
    text(
      `- heading "API keys" [ref=e1]\n- text: Your new secret key\n- textbox "Secret key" [ref=e2]: ${s.token('sk_live_{m24}')}\n- button "${s.ok('Copy to clipboard')}" [ref=e3]`,
    ),
  ],
  'browser one-time code': (s) => [
    call('browser_type', { element: 'Verification code', ref: 'e9', text: s.token('{n1}{d5}') }),
  ],
  'browser network requests': (s) => [
    text(
      `[GET] https://${s.host()}/v1/me?access_token=${s.token('{m40}')} => [200] OK\n[GET] https://${s.host()}/static/app.js => [200] OK`,
    ),
  ],
  'browser headers': (s) => [
    call('browser_set_headers', {
      headers: { Authorization: `Bearer ${s.token('{m40}')}`, 'Accept-Language': s.ok('en-GB,en') },
    }),
  ],
  'browser cookies': (s) => [
    data([
      { name: 'JSESSIONID', value: s.token('{X32}'), path: '/', secure: true },
      { name: 'auth_token', value: s.token('{m40}'), domain: s.host() },
    ]),
  ],
  'browser local storage': (s) => [
    data({
      localStorage: {
        'auth.token': s.jwt(),
        'ui.theme': s.ok('dark-blue'),
        refreshToken: s.token('{m40}'),
      },
    }),
  ],
  'http client call': (s) => [
    call('http_request', {
      method: 'POST',
      url: `https://${s.host()}/login`,
      body: { username: s.ok('shop-admin'), password: s.secret() },
      timeout: 30,
    }),
    data({
      status: 200,
      body: { token: s.token('{m40}'), user: { id: 7, name: s.ok('Shop Admin') } },
    }),
  ],
  'http client body text': (s) => [
    call('http_request', {
      url: `https://${s.host()}/token`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=password&username=x&password=${s.secret()}&client_secret=${s.token('{m32}')}`,
    }),
  ],
  'graphql call': (s) => [
    call('graphql', {
      query: 'mutation($p: String!) { login(password: $p) { token } }',
      variables: { password: s.secret(), region: s.ok('eu-north') },
    }),
    data({ data: { login: { token: s.token('{m40}') } } }),
  ],
  'sql call': (s) => [
    call('query', { sql: `ALTER USER shop WITH PASSWORD '${s.secret()}'` }),
    text(s.ok('ALTER ROLE')),
  ],
  'sql settings rows': (s) => [
    data([
      { name: 'smtp_host', value: s.host() },
      { name: 'smtp_password', value: s.secret() },
      { name: 'smtp_port', value: '587' },
    ]),
  ],
  'sql settings columns': (s) => [
    data({
      columns: ['setting', 'value'],
      rows: [
        ['theme', s.ok('dark-blue')],
        ['stripe_secret_key', s.token('sk_live_{m24}')],
        ['api_token', s.token('{m40}')],
      ],
    }),
  ],
  'sqlite table text': (s) => [
    text(
      `name|password|region\nana|${s.secret()}|${s.ok('eu-north')}\ntom|${s.secret()}|eu-south\n`,
    ),
  ],
  'query plan with literal': (s) => [
    text(
      `Seq Scan on sessions  (cost=0.00..1.00 rows=1)\n  Filter: (session_token = '${s.token('{m40}')}'::text)\n  Rows Removed: ${s.ok('31415')}`,
    ),
  ],
  pg_stat_activity: (s) => [
    data([
      {
        pid: 42,
        state: s.ok('idle in transaction'),
        query: `CREATE USER x PASSWORD '${s.secret()}'`,
      },
    ]),
  ],
  'elasticsearch hit': (s) => [
    data({
      hits: {
        total: 1,
        hits: [
          {
            _id: s.random.fill('{m20}'),
            _source: {
              message: `login ok token=${s.token('{m40}')} took=3ms`,
              level: s.ok('info-x'),
            },
          },
        ],
      },
    }),
  ],
  'loki lines': (s) => [
    data({
      data: {
        result: [
          {
            stream: { app: s.word() },
            values: [
              [
                '1764000000000000000',
                `level=debug msg="calling" authorization="Bearer ${s.token('{m40}')}" status=200`,
              ],
            ],
          },
        ],
      },
    }),
  ],
  'sentry event': (s) => [
    data({
      event_id: s.ok(s.random.fill('{x32}')),
      request: {
        headers: [
          ['Authorization', `Bearer ${s.token('{m40}')}`],
          ['Accept', s.ok('text/x-special')],
        ],
        data: { password: s.secret() },
        env: { SERVER_NAME: s.word() },
      },
    }),
  ],
  'stack frame variables': (s) => [
    data({
      exception: {
        values: [
          {
            type: 'ValueError',
            stacktrace: {
              frames: [
                {
                  function: s.word(),
                  vars: { api_key: `'${s.token('{m40}')}'`, region: s.ok("'eu-north'") },
                },
              ],
            },
          },
        ],
      },
    }),
  ],
  'python traceback locals': (s) => [
    text(
      `Traceback (most recent call last):\n  app.py:7 in main\n    password = '${s.secret()}'\n    region = '${s.ok('eu-north')}'\nValueError: no`,
    ),
  ],
  'trace attributes': (s) => [
    data({
      spans: [
        {
          name: s.word(),
          attributes: [
            {
              key: 'http.request.header.authorization',
              value: { stringValue: `Bearer ${s.token('{m40}')}` },
            },
            { key: 'http.route', value: { stringValue: s.ok('/v1/items/{id}') } },
          ],
        },
      ],
    }),
  ],
  'otel env': (s) => [
    text(
      `OTEL_EXPORTER_OTLP_HEADERS=api-key=${s.token('{m40}')}\nOTEL_SERVICE_NAME=${s.ok('shop-web')}\n`,
    ),
  ],
  'slack app manifest': (s) => [
    data({
      app_id: s.ok('A0123456789'),
      credentials: {
        client_id: '1.2',
        client_secret: s.token('{x32}'),
        verification_token: s.token('{m24}'),
        signing_secret: s.token('{x32}'),
      },
    }),
  ],
  'github app': (s) => [
    data({
      id: 42,
      slug: s.word(),
      client_id: s.ok('Iv1.0123456789abcdef'),
      client_secret: s.token('{x40}'),
      webhook_secret: s.token('{x40}'),
      pem: `-----BEGIN RSA ${PRIVATE_KEY}-----\n${s.token('{s64}')}\n-----END RSA ${PRIVATE_KEY}-----\n`,
    }),
  ],
  'github installation token': (s) => [
    data({
      token: s.token('ghs_{m36}'),
      expires_at: s.ok(s.random.time()),
      permissions: { contents: 'read' },
    }),
  ],
  'github gist': (s) => [
    data({
      files: {
        '.env': {
          filename: '.env',
          content: `API_KEY=${s.token('{m40}')}\nMODE=${s.ok('fast-lane')}\n`,
        },
      },
    }),
  ],
  'gitlab variables': (s) => [
    data([{ key: 'KUBE_TOKEN', value: s.token('{m40}'), environment_scope: s.ok('production/*') }]),
  ],
  'gitlab runner toml': (s) => [
    text(
      s.text(
        'concurrent = 4\n[[runners]]\n  name = "‹W›"\n  url = "https://‹H›"\n  token = "‹M›"\n  executor = "docker"\n',
      ),
    ),
  ],
  'jenkins build env': (s) => [
    text(
      s.text('BUILD_NUMBER=‹N›\nAWS_SECRET_ACCESS_KEY=‹K›\nGIT_URL=https://‹U›:‹M›@‹H›/app.git\n'),
    ),
  ],
  'npm publish log': (s) => [
    text(s.text("npm verbose config auth '//‹H›/:_authToken=‹M›'\nnpm notice total files: 12\n")),
  ],
  'docker build log': (s) => [
    text(
      s.text('Step 4/9 : ARG NPM_TOKEN=‹M›\n ---> Running in 0a1b2c3d\nStep 5/9 : RUN npm ci\n'),
    ),
  ],
  'docker service inspect': (s) => [
    data({
      Spec: {
        Name: s.word(),
        TaskTemplate: {
          ContainerSpec: {
            Env: [`REDIS_URL=redis://:${s.secret()}@cache:6379/0`, s.ok('MODE=fast-lane')],
            Args: ['--admin-password', s.secret(), '--port', '8080'],
          },
        },
      },
    }),
  ],
  'docker swarm token': (s) => [
    text(
      `To add a worker to this swarm, run the following command:\n\n    docker swarm join --token ${s.token('SWMTKN-1-{l50}-{l25}')} ${s.ok('10.0.0.7:2377')}\n`,
    ),
  ],
  'kubeadm join': (s) => [
    text(
      `kubeadm join ${s.ok('10.0.0.7:6443')} --token ${s.token('{l6}.{l16}')} --discovery-token-ca-cert-hash sha256:${s.random.fill('{x64}')}`,
    ),
  ],
  'kubectl create token': (s) => [
    call('kubectl', { args: ['create', 'token', s.ok('shop-reader')] }),
    text(`${s.jwt()}\n`),
  ],
  'kubectl configmap': (s) => [
    data({
      kind: 'ConfigMap',
      metadata: { name: s.ok('shop-config') },
      data: {
        'application.properties': `db.password=${s.secret()}\nserver.port=8080\n`,
        LEVEL: 'warn',
      },
    }),
  ],
  'kubectl deployment': (s) => [
    data({
      kind: 'Deployment',
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: s.word(),
                image: s.ok('shop/web:1.2.3'),
                env: [{ name: 'JWT_SECRET', value: s.token('{m40}') }],
                args: [`--token=${s.token('{m40}')}`, '--level=3'],
              },
            ],
          },
        },
      },
    }),
  ],
  'helm status': (s) => [
    text(
      `NOTES:\nGet the admin password:\n  admin / ${s.secret()}\nThen open https://${s.host()}/\n`,
    ),
  ],
  'argocd initial password': (s) => [
    call('run', { command: 'argocd admin initial-password -n argocd' }),
    text(
      `${s.secret(s.random.fill('{m16}'))}\n\n This password must be only used for first time login.`,
    ),
  ],
  'cloud rds event': (s) => [
    data({
      DBInstanceIdentifier: s.word(),
      MasterUsername: 'admin',
      MasterUserPassword: s.secret(),
      Engine: s.ok('postgres-17'),
    }),
  ],
  'cloud cognito': (s) => [
    data({
      AuthenticationResult: {
        AccessToken: s.jwt(),
        IdToken: s.jwt(),
        RefreshToken: s.token('{m200}'),
        ExpiresIn: 3600,
        TokenType: 'Bearer',
      },
    }),
  ],
  'cloud gcs hmac': (s) => [
    data({
      metadata: { accessId: s.random.fill('GOOG1E{U57}'), state: s.ok('ACTIVE-X') },
      secret: s.token('{s40}'),
    }),
  ],
  'cloud azure connection': (s) => [
    data({
      connectionString: s.text(
        'DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=‹K›‹K2›==;EndpointSuffix=core.windows.net',
      ),
      name: s.word(),
    }),
  ],
  'cloud azure app settings': (s) => [
    data([
      { name: 'APPINSIGHTS_KEY_NAME', value: s.word() },
      { name: 'DB_PASSWORD', value: s.secret(), slotSetting: false },
    ]),
  ],
  'cloud azure keyvault': (s) => [
    data({
      id: 'https://shop.vault.example/secrets/db/1',
      name: s.ok('db-password'),
      value: s.secret(),
      attributes: { enabled: true },
    }),
  ],
  'cloud azure sas': (s) => [
    text(`"se=2027-01-01&sp=rl&sv=2024-11-04&sr=c&sig=${s.token('{m43}')}%3D"\n`),
  ],
  'cloudflare tunnel': (s) => [
    text(
      `cloudflared service install ${s.token('eyJhIjoi{w160}')}\n# tunnel ${s.ok('shop-tunnel')}`,
    ),
  ],
  'heroku config': (s) => [
    text(
      `=== shop Config Vars\nAPI_TOKEN:     ${s.token('{m40}')}\nDATABASE_URL:  postgres://u:${s.secret()}@${s.host()}:5432/d\nMODE:          fast\n`,
    ),
  ],
  'vercel env ls': (s) => [
    data({
      envs: [{ key: 'NEXTAUTH_SECRET', value: s.token('{m40}'), target: [s.ok('production-x')] }],
    }),
  ],
  'stripe webhook endpoint': (s) => [
    data({
      object: 'webhook_endpoint',
      id: s.ok('we_123'),
      secret: s.token('whsec_{m32}'),
      url: `https://${s.host()}/s`,
    }),
  ],
  'stripe payment intent': (s) => [
    data({ id: s.ok('pi_3abc'), client_secret: s.token('pi_3{m23}_secret_{m25}'), amount: 4200 }),
  ],
  'twilio account': (s) => [
    data({
      sid: `AC${s.random.fill('{x32}')}`,
      auth_token: s.token('{x32}'),
      friendly_name: s.word(),
      status: s.ok('active-x'),
    }),
  ],
  'mail settings': (s) => [
    data({ smtp: { host: s.host(), port: 587, auth: { user: s.ok('mailer'), pass: s.secret() } } }),
  ],
  'ldap settings': (s) => [
    data({
      ldap: {
        url: `ldaps://${s.host()}`,
        bindDN: s.ok('cn=reader,dc=x'),
        bindCredentials: s.secret(),
      },
    }),
  ],
  'snmp walk': (s) => [call('snmp', { host: s.host(), community: s.secret(), version: '2c' })],
  'ssh call': (s) => [
    call('ssh_connect', {
      host: s.host(),
      username: s.ok('deploy-bot'),
      password: s.secret(),
      port: 22,
    }),
    text('connected'),
  ],
  'ssh key call': (s) => [
    call('ssh_connect', {
      host: s.host(),
      privateKey: `-----BEGIN OPENSSH ${PRIVATE_KEY}-----\n${s.token('{s64}')}\n-----END OPENSSH ${PRIVATE_KEY}-----`,
      passphrase: s.secret(),
    }),
  ],
  'sudo call': (s) => [
    call('run_as_root', { command: s.ok('systemctl restart shop'), sudo_password: s.secret() }),
  ],
  'echo to sudo': (s) => [
    call('bash', { command: `echo '${s.secret()}' | sudo -S ${s.ok('systemctl restart shop')}` }),
  ],
  'unlock keyring': (s) => [
    call('keyring_set', { service: s.word(), username: 'ana', secret: s.secret() }),
  ],
  'totp setup': (s) => [
    text(
      `otpauth://totp/Shop:ana?secret=${s.token('{b32}')}&issuer=${s.ok('ShopIssuer')}&digits=6`,
    ),
  ],
  'recovery codes': (s) => [
    data({
      recovery_codes: [s.token('{l5}-{l5}'), s.token('{l5}-{l5}'), s.token('{l5}-{l5}')],
      created: s.ok(s.random.date()),
    }),
  ],
  'vpn config': (s) => [
    text(
      s.text(
        '[Interface]\nPrivateKey = ‹K›aB=\nAddress = 10.8.0.2/24\n[Peer]\nPublicKey = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ=\nEndpoint = ‹H›:51820\n',
      ),
    ),
  ],
  'router backup': (s) => [
    text(
      s.text('config wifi-iface\n\toption ssid ‹W›\n\toption encryption psk2\n\toption key ‹S›\n'),
    ),
  ],
  'home assistant secrets': (s) => [
    text(s.text('mqtt_password: ‹S›\nlatitude: 48.1\napi_password: ‹S2›\nwifi_name: ‹W›\n')),
  ],
  'notes memory': (s) => [
    call('create_entities', {
      entities: [
        {
          name: s.ok('Staging server'),
          entityType: 'server',
          observations: [`root password is ${s.secret()}`, s.ok('runs Debian 13')],
        },
      ],
    }),
  ],
  'search result snippet': (s) => [
    data({
      results: [
        {
          title: s.word(),
          url: `https://${s.host()}/wiki`,
          snippet: `... the API key: ${s.token('{m40}')} must be ...`,
        },
      ],
    }),
  ],
  'sampling message': (s) => [
    {
      direction: 'request',
      value: {
        method: 'sampling/createMessage',
        params: {
          messages: [
            {
              role: 'user',
              content: {
                type: 'text',
                text: `Connect with password ${s.secret()} and list ${s.ok('all tables')}`,
              },
            },
          ],
          maxTokens: 100,
        },
      },
    },
  ],
  'elicitation url': (s) => [
    {
      direction: 'request',
      value: {
        method: 'elicitation/create',
        params: {
          mode: 'url',
          url: `https://${s.host()}/connect?token=${s.token('{m40}')}`,
          message: s.ok('Please connect'),
        },
      },
    },
  ],
  'prompt result': (s) => [
    data({
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: `Use the token ${s.token('{m40}')} for ${s.ok('the deployment')}`,
          },
        },
      ],
    }),
  ],
  'exception event': (s) => [
    data({
      name: 'exception',
      attributes: {
        'exception.message': `auth failed for postgres://x:${s.secret()}@${s.host()}/shop`,
        'exception.type': s.ok('OperationalError'),
      },
    }),
  ],
};
