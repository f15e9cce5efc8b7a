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
  /** Name of its command, where that is not the only one. */
  readonly bin?: string;
  /** `wrap`: it is no JavaScript, so it is recorded from outside. Default: under the flag. */
  readonly by?: 'wrap';
  readonly args?: (sandbox: Sandbox) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The harmless call; it may end in a tool error. */
  readonly call: readonly [tool: string, args: Readonly<Record<string, unknown>>];
}

/** Nothing listens there, and connections are refused at once. */
const NOWHERE = 'http://127.0.0.1:9';

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
];
