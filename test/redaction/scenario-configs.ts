/** Scenes of group `scenario`: configuration files of MCP clients and of the tools around them, read by a file server. */
import type { Step } from './cases.ts';
import { type MakeScene, text } from './scene.ts';

const file = (body: string): Step[] => [text(body)];
const json = (value: unknown): Step[] => file(JSON.stringify(value, null, 2));

export const CONFIGS: Readonly<Record<string, MakeScene>> = {
  'claude desktop config': (s) =>
    json({
      mcpServers: {
        [s.word()]: {
          command: 'npx',
          args: ['-y', s.ok('@shop/server')],
          env: { SHOP_API_KEY: s.token('{m40}'), REGION: s.ok('eu-north') },
        },
        db: {
          command: 'uvx',
          args: ['db-server', '--dsn', s.text('postgresql://‹U›:‹S›@‹H›/shop')],
        },
      },
    }),
  'vscode mcp.json': (s) =>
    json({
      servers: {
        shop: {
          type: 'http',
          url: `https://${s.host()}/mcp`,
          headers: { Authorization: `Bearer ${s.token('{m40}')}` },
        },
      },
      inputs: [{ id: s.word(), type: 'promptString' }],
    }),
  'cursor mcp.json': (s) =>
    json({
      mcpServers: {
        shop: { url: `https://${s.host()}/sse?api_key=${s.token('{m40}')}`, note: s.word() },
      },
    }),
  'mcp args flags': (s) =>
    json({
      mcpServers: {
        shop: {
          command: s.ok('/usr/bin/shop-server'),
          args: ['--host', s.host(), '--password', s.secret(), '--verbose'],
        },
      },
    }),
  'mcp remote header': (s) =>
    json({
      mcpServers: {
        shop: {
          command: 'npx',
          args: [
            'mcp-remote',
            `https://${s.host()}/mcp`,
            '--header',
            `Authorization: Bearer ${s.token('{m40}')}`,
          ],
        },
      },
    }),
  'mcp docker args': (s) =>
    json({
      mcpServers: {
        shop: {
          command: 'docker',
          args: [
            'run',
            '-i',
            '--rm',
            '-e',
            `GITHUB_TOKEN=${s.token('{m40}')}`,
            s.ok('ghcr.io/shop/server'),
          ],
        },
      },
    }),
  'codex toml': (s) =>
    file(
      s.text(
        'model = "‹W›"\n[mcp_servers.shop]\ncommand = "npx"\nargs = ["-y", "shop-server"]\nenv = { "API_KEY" = "‹M›", "REGION" = "eu-north" }\n',
      ),
    ),
  'goose yaml': (s) =>
    file(
      s.text(
        'extensions:\n  ‹W›:\n    cmd: npx\n    envs:\n      SHOP_TOKEN: ‹M›\n    timeout: 300\n',
      ),
    ),
  'continue yaml': (s) =>
    file(
      s.text('models:\n  - name: ‹W›\n    provider: openai\n    apiKey: ‹M›\n    model: large-1\n'),
    ),
  'zed settings': (s) =>
    json({
      context_servers: {
        shop: { settings: { api_token: s.token('{m40}'), theme: s.ok('one-dark') } },
      },
    }),
  'claude settings': (s) =>
    json({
      env: { ANTHROPIC_AUTH_TOKEN: s.token('{m40}'), LEVEL: s.ok('debug-2') },
      permissions: { allow: [s.ok('Bash(ls:*)')] },
    }),
  'claude credentials': (s) =>
    json({
      claudeAiOauth: {
        accessToken: s.token('sk-ant-oat01-{w93}AA'),
        refreshToken: s.token('sk-ant-ort01-{w93}AA'),
        expiresAt: 1_790_000_000_000,
        scopes: [s.ok('user:inference')],
      },
    }),
  'gcloud adc': (s) =>
    json({
      client_id: 'app.apps.example',
      client_secret: s.token('d-{m22}'),
      refresh_token: s.token('1//0{w90}'),
      type: s.ok('authorized_user'),
    }),
  'aws cli cache': (s) =>
    json({
      startUrl: `https://${s.host()}/start`,
      accessToken: s.token('{s200}'),
      expiresAt: s.ok(s.random.time()),
      clientSecret: s.token('{s200}'),
    }),
  'docker config.json': (s) =>
    json({
      auths: {
        [s.host()]: {
          auth: s.secret(Buffer.from(`ci:${s.secret()}`).toString('base64').replace(/=+$/, '')),
        },
      },
      currentContext: s.ok('desktop-linux'),
    }),
  'npm config list': (s) =>
    file(
      s.text(
        '; "user" config from /root/.npmrc\n//‹H›/:_authToken = "‹M›"\nemail = "none"\n; node version = v24.21.0\n',
      ),
    ),
  'dotenv example and real': (s) =>
    file(s.text('# example: API_KEY=<your key>\nAPI_KEY=‹M›\n# other\nAPI_URL=https://‹H›/v2\n')),
  'wrangler toml': (s) =>
    file(s.text('name = "‹W›"\n[vars]\nSTRIPE_SECRET = "‹M›"\nMODE = "fast"\n')),
  'vercel env': (s) =>
    file(
      s.text(
        '# Created by Vercel CLI\nPOSTGRES_URL="postgres://default:‹S›@‹H›:5432/db"\nKV_REST_API_TOKEN="‹M›"\nVERCEL_ENV="preview-x"\n',
      ),
    ),
  'supabase env': (s) =>
    file(
      `SUPABASE_URL=https://${s.host()}\nSUPABASE_SERVICE_ROLE_KEY=${s.jwt()}\nPORT=${s.ok('54321')}\n`,
    ),
  'firebase config': (s) =>
    json({
      apiKey: s.token('AIza{w35}'),
      authDomain: s.host(),
      projectId: s.ok('shop-42-eu'),
      messagingSenderId: '123456789012',
    }),
  'ansible vault vars': (s) =>
    file(s.text('vault_db_password: ‹S›\nvault_api_token: "‹M›"\nregion: ‹W›\n')),
  'helm get values': (s) =>
    file(
      s.text(
        'USER-SUPPLIED VALUES:\nauth:\n  rootPassword: ‹S›\n  username: ‹U›\nimage:\n  tag: v1.2.3\n',
      ),
    ),
  'argo app': (s) =>
    file(
      s.text(
        'spec:\n  source:\n    helm:\n      parameters:\n      - name: db.password\n        value: ‹S›\n      - name: region\n        value: ‹W›\n',
      ),
    ),
  'github actions dump': (s) =>
    json({
      token: s.token('ghs_{m36}'),
      job: s.word(),
      ref: s.ok('refs/heads/main'),
      sha: s.ok(s.random.fill('{x40}')),
      run_id: '1234567890',
    }),
  'jenkins credentials': (s) =>
    file(
      s.text(
        '<list><credential><scope>GLOBAL</scope><id>‹W›</id><secret>‹M›</secret></credential></list>',
      ),
    ),
  'sops decrypted': (s) =>
    file(s.text('db:\n    password: ‹S›\n    host: ‹H›\nsops:\n    version: 3.9.0\n')),
  'browser profile': (s) =>
    json({
      logins: [
        { hostname: `https://${s.host()}`, username: s.random.user(), password: s.secret() },
      ],
      version: 3,
    }),
  'ssh config and key': (s) =>
    file(
      s.text(
        'Host ‹W›\n  HostName ‹H›\n  IdentityFile ~/.ssh/id_x\n---\n-----BEGIN RSA ‹Y›-----\n‹E›\n-----END RSA ‹Y›-----\n',
      ),
    ),
  'shell history': (s) =>
    file(
      s.text(
        'cd /srv/‹W›\nmysql -u root -p‹S› shop\nexport API_TOKEN=‹M›\ncurl -u ‹U›:‹S2› https://‹H›/\nls -la\n',
      ),
    ),
};
