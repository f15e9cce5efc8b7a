/**
 * Real servers from npm and PyPI, unmodified and pinned, one of each shape that servers ship in: what `npm run
 * test:servers` runs. A server is data: where it is, how it starts without a network, and one harmless call.
 */
import type { Sandbox } from '../harness/sandbox.ts';

/** See the file's header. */
export interface Listed {
  /** Folder under pins/. */
  readonly pin: string;
  readonly package: string;
  /** Path of its native program in the package. */
  readonly native?: string;
  /** Its module, for a server from PyPI: the folder under pins/ holds requirements.txt. */
  readonly python?: string;
  /** `wrap`: it is no JavaScript, so it is recorded from outside. Default: under the flag. */
  readonly by?: 'wrap';
  /** `port` is one where it may listen, `modules` where it is installed. */
  readonly args?: (sandbox: Sandbox, port: number, modules: string) => readonly string[];
  /** It listens, at `/mcp` of that port. Default: it speaks over stdio. */
  readonly over?: 'http';
  readonly env?: Readonly<Record<string, string>>;
  /** Files it needs in its working folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** The harmless call; it may end in a tool error. */
  readonly call: readonly [tool: string, args: Readonly<Record<string, unknown>>];
}

/** Nothing listens there, and connections are refused at once. */
const NOWHERE = 'http://127.0.0.1:9';

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: none, cluster: { server: '${NOWHERE}' } }]
contexts: [{ name: none, context: { cluster: none, user: none } }]
users: [{ name: none, user: {} }]
current-context: none
`;

/** The list, the ones issue 7 names first. */
export const SERVERS: readonly Listed[] = [
  {
    pin: 'everything',
    package: '@modelcontextprotocol/server-everything',
    args: () => ['stdio'],
    call: ['echo', { message: 'hello' }],
  },
  {
    pin: 'filesystem',
    package: '@modelcontextprotocol/server-filesystem',
    args: ({ work }) => [work],
    call: ['list_allowed_directories', {}],
  },
  { pin: 'memory', package: '@modelcontextprotocol/server-memory', call: ['read_graph', {}] },
  {
    pin: 'github',
    package: '@modelcontextprotocol/server-github',
    call: ['create_issue', { owner: 'nobody', repo: 7 }],
  },
  {
    pin: 'n8n',
    package: 'n8n-mcp',
    env: { N8N_MCP_TELEMETRY_DISABLED: 'true', MCP_MODE: 'stdio', LOG_LEVEL: 'error' },
    call: ['tools_documentation', {}],
  },
  {
    pin: 'playwright',
    package: '@playwright/mcp',
    args: () => ['--headless', '--isolated'],
    call: ['browser_tabs', { action: 'nonsense' }],
  },
  {
    pin: 'notion',
    package: '@notionhq/notion-mcp-server',
    env: { NOTION_TOKEN: 'not-a-token', HTTPS_PROXY: NOWHERE },
    call: ['no-such-operation', {}],
  },
  { pin: 'context7', package: '@upstash/context7-mcp', call: ['resolve-library-id', {}] },
  {
    pin: 'firecrawl',
    package: 'firecrawl-mcp',
    env: { FIRECRAWL_API_URL: NOWHERE },
    call: ['firecrawl_scrape', { url: 7 }],
  },
  {
    pin: 'supergateway',
    package: 'supergateway',
    over: 'http',
    args: (_, port, modules) => [
      '--stdio',
      `node ${modules}/@modelcontextprotocol/server-memory/dist/index.js`,
      '--outputTransport=streamableHttp',
      '--stateful',
      '--logLevel=none',
      `--port=${port}`,
    ],
    call: ['read_graph', {}],
  },
  {
    pin: 'chrome-devtools',
    package: 'chrome-devtools-mcp',
    args: () => ['--headless', '--isolated', '--no-usage-statistics'],
    call: ['navigate_page', { pageId: 'none' }],
  },
  {
    pin: 'mongodb',
    package: 'mongodb-mcp-server',
    env: { MDB_MCP_TELEMETRY: 'disabled', DO_NOT_TRACK: '1' },
    call: ['list-databases', { connectionId: 'none' }],
  },
  { pin: 'mastra-docs', package: '@mastra/mcp-docs-server', call: ['mastraDocs', {}] },
  { pin: 'nx', package: 'nx-mcp', call: ['nx_docs', {}] },
  {
    pin: 'dbhub',
    package: '@bytebase/dbhub',
    args: () => ['--demo'],
    call: ['execute_sql', { sql: 'select count(*) from employee' }],
  },
  { pin: 'mui', package: '@mui/mcp', call: ['fetchDocs', { urls: 7 }] },
  {
    pin: 'server-kubernetes',
    package: 'mcp-server-kubernetes',
    call: ['ping', {}],
  },
  {
    pin: 'thinking',
    package: '@modelcontextprotocol/server-sequential-thinking',
    call: [
      'sequentialthinking',
      { thought: 'one', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
    ],
  },
  {
    pin: 'sentry',
    package: '@sentry/mcp-server',
    args: () => ['--access-token=nothing'],
    call: ['find_projects', {}],
  },
  {
    pin: 'antv-chart',
    package: '@antv/mcp-server-chart',
    call: ['generate_pie_chart', { data: 'none' }],
  },
  {
    pin: 'tavily',
    package: 'tavily-mcp',
    env: { TAVILY_API_KEY: 'not-a-key' },
    call: ['tavily_search', {}],
  },
  { pin: 'exa', package: 'exa-mcp-server', call: ['web_search_exa', {}] },
  {
    pin: 'figma',
    package: 'figma-developer-mcp',
    args: () => ['--stdio', '--figma-api-key=nothing'],
    env: { DO_NOT_TRACK: '1' },
    call: ['get_figma_data', {}],
  },
  {
    pin: 'postgres',
    package: '@modelcontextprotocol/server-postgres',
    args: () => ['postgresql://127.0.0.1:9/none'],
    call: ['query', {}],
  },
  {
    pin: 'brightdata',
    package: '@brightdata/mcp',
    env: { API_TOKEN: 'not-a-token' },
    call: ['search_engine', {}],
  },
  {
    pin: 'launchdarkly',
    package: '@launchdarkly/mcp-server',
    args: () => ['start', '--api-key', 'nothing'],
    call: ['get-audit-log-entries', {}],
  },
  {
    pin: 'desktop-commander',
    package: '@wonderwhy-er/desktop-commander',
    call: ['set_config_value', {}],
  },
  // Its command starts the server as a process of its own.
  { pin: 'vuetify', package: '@vuetify/mcp', call: ['get_component_api_by_version', {}] },
  {
    pin: 'cloudflare',
    package: '@cloudflare/mcp-server-cloudflare',
    args: () => ['run', '0123456789abcdef0123456789abcdef'],
    env: { CLOUDFLARE_API_TOKEN: 'not-a-token' },
    call: ['worker_put', {}],
  },
  // By tmcp.
  { pin: 'kubb', package: '@kubb/mcp', call: ['validate', {}] },
  {
    pin: 'brave',
    package: '@brave/brave-search-mcp-server',
    over: 'http',
    args: (_, port) => ['--transport', 'http', '--host', '127.0.0.1', '--port', String(port)],
    env: { BRAVE_API_KEY: 'not-a-key' },
    call: ['brave_web_search', {}],
  },
  {
    pin: 'cclsp',
    package: 'cclsp',
    env: { CCLSP_CONFIG_PATH: 'cclsp.json' },
    files: { 'cclsp.json': '{"servers":[{"extensions":["ts"],"command":["cat"],"rootDir":"."}]}' },
    call: ['find_definition', {}],
  },
  {
    pin: 'searxng',
    package: 'mcp-searxng',
    env: { SEARXNG_URL: NOWHERE },
    call: ['searxng_web_search', { query: 'none' }],
  },
  {
    pin: 'repomix',
    package: 'repomix',
    args: () => ['--mcp'],
    call: ['read_repomix_output', { outputId: 'none' }],
  },
  {
    pin: 'next-devtools',
    package: 'next-devtools-mcp',
    env: { NEXT_TELEMETRY_DISABLED: '1' },
    call: ['nextjs_docs', {}],
  },
  {
    pin: 'hubspot',
    package: '@hubspot/mcp-server',
    env: { PRIVATE_APP_ACCESS_TOKEN: 'not-a-token' },
    call: ['hubspot-list-objects', {}],
  },
  { pin: 'eslint', package: '@eslint/mcp', call: ['lint-files', { filePaths: ['none.js'] }] },
  {
    pin: 'resend',
    package: 'resend-mcp',
    env: { RESEND_API_KEY: 'not-a-key' },
    call: ['create-api-key', {}],
  },
  { pin: 'drawio', package: '@drawio/mcp', call: ['open_drawio_xml', {}] },
  { pin: 'remotion', package: '@remotion/mcp', call: ['remotion-documentation', {}] },
  {
    pin: 'kubernetes',
    package: 'kubernetes-mcp-server-linux-amd64',
    native: 'bin/kubernetes-mcp-server-linux-amd64',
    by: 'wrap',
    args: () => ['--kubeconfig', 'config.yaml'],
    files: { 'config.yaml': KUBECONFIG },
    call: ['configuration_view', {}],
  },
  {
    pin: 'azure',
    package: '@azure/mcp-linux-x64',
    native: 'dist/azmcp',
    by: 'wrap',
    args: () => ['server', 'start'],
    call: ['documentation', {}],
  },
  {
    pin: 'python-time',
    package: 'mcp-server-time',
    python: 'mcp_server_time',
    by: 'wrap',
    call: ['convert_time', { source_timezone: 'UTC', time: '25:00', target_timezone: 'UTC' }],
  },
];
