/**
 * The four real servers of the main job, unmodified from npm, with one fixed script of requests each.
 *
 * A script is data: `[method, params]` sent one after the other over stdio. It holds good calls, tool errors,
 * JSON-RPC errors, unknown tools and every method the server has. `volatile` lists all that may differ between two
 * runs of the same script, with the reason; anything else must be equal byte for byte. Nothing here needs a network:
 * HTTPS goes to a proxy port where nothing listens, so calls to GitHub fail the same way everywhere.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Sandbox } from './sandbox.ts';

const require = createRequire(import.meta.url);

/** One request: method and params. */
export type Step = readonly [method: string, params?: Readonly<Record<string, unknown>>];

/** What may differ between two runs, and why. */
export interface Volatile {
  readonly pattern: RegExp;
  readonly replacement: string;
  readonly why: string;
}

/** See the file's header. */
export interface RealServer {
  readonly name: string;
  /** Absolute path of the program. */
  readonly script: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  args(sandbox: Sandbox): readonly string[];
  env(sandbox: Sandbox): Readonly<Record<string, string>>;
  /** Puts files in place, and takes away what an earlier run left. */
  prepare(sandbox: Sandbox): void;
  steps(sandbox: Sandbox): readonly Step[];
  /** A message to wait for before the script starts. */
  readonly settled?: (message: Record<string, unknown>) => boolean;
  readonly volatile: readonly Volatile[];
}

/** Path of an installed package's file. */
export function installed(packageName: string, file: string): string {
  for (const folder of require.resolve.paths(packageName) ?? []) {
    const candidate = join(folder, packageName, file);
    try {
      return require.resolve(candidate);
    } catch {
      // Look in the next node_modules upwards.
    }
  }
  throw new Error(`${packageName}/${file} is not installed`);
}

/** `tools/call` as a step. */
export function call(name: string, args: Readonly<Record<string, unknown>> = {}): Step {
  return ['tools/call', { name, arguments: args }];
}

/** server-everything: every feature of the protocol, current SDK, ESM. */
export const everything: RealServer = {
  name: 'server-everything',
  script: installed('@modelcontextprotocol/server-everything', 'dist/index.js'),
  capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: {} },
  args: () => ['stdio'],
  env: () => ({}),
  prepare: () => {},
  // The server asks for roots 350 ms after the handshake and then logs; wait, or it lands anywhere in the script.
  settled: (message) => message['method'] === 'notifications/message',
  steps: () => [
    ['ping'],
    ['tools/list'],
    ['prompts/list'],
    ['resources/list'],
    ['resources/templates/list'],
    call('echo', { message: 'hello' }),
    call('echo', { message: 'ünïcode 漢字 🜚 \u2028 "quoted" \\ back' }),
    call('echo', { message: 'x'.repeat(70_000) }),
    call('echo', {}),
    call('get-sum', { a: 2, b: 3 }),
    call('get-sum', { a: 'two', b: 3 }),
    call('get-annotated-message', { messageType: 'error', includeImage: true }),
    call('get-structured-content', { location: 'New York' }),
    call('get-env'),
    call('get-tiny-image'),
    call('get-resource-links', { count: 2 }),
    call('get-resource-reference', { resourceType: 'Text', resourceId: 1 }),
    call('get-resource-reference', { resourceType: 'Blob', resourceId: -1 }),
    call('get-roots-list'),
    call('gzip-file-as-resource', { name: 'a.gz', data: 'data:text/plain,hi' }),
    call('trigger-sampling-request', { prompt: 'complete this', maxTokens: 5 }),
    call('trigger-elicitation-request'),
    [
      'tools/call',
      {
        name: 'trigger-long-running-operation',
        arguments: { duration: 0.2, steps: 2 },
        _meta: { progressToken: 'p1' },
      },
    ],
    call('no-such-tool', { a: 1 }),
    ['prompts/get', { name: 'simple-prompt' }],
    ['prompts/get', { name: 'args-prompt', arguments: { city: 'Paris', state: 'Texas' } }],
    ['prompts/get', { name: 'no-such-prompt' }],
    ['resources/read', { uri: 'demo://resource/static/document/features.md' }],
    ['resources/read', { uri: 'demo://resource/dynamic/text/7' }],
    ['resources/read', { uri: 'demo://resource/dynamic/blob/7' }],
    ['resources/read', { uri: 'demo://nowhere' }],
    ['resources/subscribe', { uri: 'demo://resource/dynamic/text/1' }],
    ['resources/unsubscribe', { uri: 'demo://resource/dynamic/text/1' }],
    ['logging/setLevel', { level: 'error' }],
    [
      'completion/complete',
      {
        ref: { type: 'ref/prompt', name: 'completable-prompt' },
        argument: { name: 'department', value: 'E' },
      },
    ],
    ['no/such/method', { x: 1 }],
    ['tools/call', { arguments: {} }],
  ],
  volatile: [
    {
      pattern: /created at \d{1,2}:\d\d:\d\d [AP]M/g,
      replacement: 'created at TIME',
      why: 'dynamic resources carry the time of day',
    },
    {
      pattern: /UmVzb3VyY2Ug[A-Za-z0-9+/=]+/g,
      replacement: 'BLOB',
      why: 'the same text in base64 ("Resource N: ... created at TIME")',
    },
  ],
};

/** server-filesystem: files, denied paths, roots. */
export const filesystem: RealServer = {
  name: 'server-filesystem',
  script: installed('@modelcontextprotocol/server-filesystem', 'dist/index.js'),
  capabilities: {},
  args: (sandbox) => [sandbox.work],
  env: () => ({}),
  prepare: (sandbox) => {
    mkdirSync(join(sandbox.work, 'sub'), { recursive: true });
    writeFileSync(join(sandbox.work, 'a.txt'), 'first line\nsecond line\n');
    writeFileSync(join(sandbox.work, 'sub', 'b.md'), '# title\n');
    writeFileSync(join(sandbox.work, 'pixel.png'), Buffer.from('89504e470d0a1a0a', 'hex'));
    writeFileSync(join(sandbox.work, 'w.txt'), 'old');
  },
  steps: ({ work }) => [
    ['tools/list'],
    call('list_allowed_directories'),
    call('list_directory', { path: work }),
    call('list_directory_with_sizes', { path: work, sortBy: 'size' }),
    call('directory_tree', { path: work }),
    call('read_text_file', { path: join(work, 'a.txt') }),
    call('read_text_file', { path: join(work, 'a.txt'), head: 1 }),
    call('read_file', { path: join(work, 'none.txt') }),
    call('read_text_file', { path: '/etc/passwd' }),
    call('read_media_file', { path: join(work, 'pixel.png') }),
    call('read_multiple_files', { paths: [join(work, 'a.txt'), join(work, 'none.txt')] }),
    call('write_file', { path: join(work, 'w.txt'), content: 'new' }),
    call('edit_file', {
      path: join(work, 'a.txt'),
      edits: [{ oldText: 'first', newText: 'FIRST' }],
      dryRun: true,
    }),
    call('create_directory', { path: join(work, 'sub') }),
    call('search_files', { path: work, pattern: '**/*.md' }),
    call('get_file_info', { path: join(work, 'a.txt') }),
    call('move_file', { source: join(work, 'none.txt'), destination: join(work, 'm.txt') }),
    call('write_file', { path: join(work, 'w.txt') }),
    call('no_such_tool'),
    ['prompts/list'],
    ['resources/list'],
  ],
  volatile: [
    {
      pattern: /(created|modified|accessed): [^\\]*\\n/g,
      replacement: '$1: TIME\\n',
      why: 'file times of get_file_info: every run writes its files anew',
    },
  ],
};

/** server-memory: a knowledge graph in a file. */
export const memory: RealServer = {
  name: 'server-memory',
  script: installed('@modelcontextprotocol/server-memory', 'dist/index.js'),
  capabilities: {},
  args: () => [],
  env: (sandbox) => ({ MEMORY_FILE_PATH: join(sandbox.work, 'memory.jsonl') }),
  prepare: (sandbox) => writeFileSync(join(sandbox.work, 'memory.jsonl'), ''),
  steps: () => {
    const ada = { name: 'Ada', entityType: 'person', observations: ['wrote a program'] };
    const engine = { name: 'Engine', entityType: 'machine', observations: [] };
    const built = { from: 'Ada', to: 'Engine', relationType: 'programmed' };
    return [
      ['tools/list'],
      call('read_graph'),
      call('create_entities', { entities: [ada, engine] }),
      call('create_relations', { relations: [built] }),
      call('add_observations', {
        observations: [{ entityName: 'Ada', contents: ['liked mathematics'] }],
      }),
      call('add_observations', { observations: [{ entityName: 'Nobody', contents: ['x'] }] }),
      call('search_nodes', { query: 'program' }),
      call('open_nodes', { names: ['Ada', 'Engine'] }),
      call('delete_observations', {
        deletions: [{ entityName: 'Ada', observations: ['liked mathematics'] }],
      }),
      call('delete_relations', { relations: [built] }),
      call('delete_entities', { entityNames: ['Engine'] }),
      call('create_entities', { entities: 'not a list' }),
      call('read_graph'),
    ];
  },
  volatile: [],
};

/** server-github: SDK 1.0.1, the oldest layout, low-level `Server`. */
export const github: RealServer = {
  name: 'server-github',
  script: installed('@modelcontextprotocol/server-github', 'dist/index.js'),
  capabilities: {},
  args: () => [],
  env: () => ({
    // Discard port: connections are refused at once, so every call ends in the same error, with or without a network.
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
  }),
  prepare: () => {},
  steps: () => [
    ['tools/list'],
    call('search_repositories', { query: 'mcp' }),
    call('get_file_contents', { owner: 'nobody', repo: 'nothing', path: 'README.md' }),
    call('create_issue', { owner: 'nobody', repo: 'nothing', title: 'T', body: 'B' }),
    call('search_repositories', { query: 7 }),
    call('no_such_tool', {}),
    ['ping'],
    ['resources/list'],
  ],
  volatile: [],
};

/** All four. */
export const realServers: readonly RealServer[] = [everything, filesystem, memory, github];

/**
 * The one thing we add on purpose, and only to what a server *sends*, never to an answer: trace context in `_meta` of
 * requests and notifications (semconv.md 1.5). Patterns from the most specific to the least.
 */
const PROPAGATED: readonly RegExp[] = [
  /,"params":\{"_meta":\{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"\}\}/,
  /"params":\{"_meta":\{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"\}\},/,
  /,"_meta":\{"traceparent":"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"\}/,
];

/** A message that a server sends of itself, as it is without us. */
export function withoutTraceContext(line: string): string {
  return PROPAGATED.reduce((text, pattern) => text.replace(pattern, ''), line);
}

/** Replaces all that a server lists as volatile, and takes out the trace context of what it sends. */
export function normalise(server: RealServer, line: string): string {
  const isAnswer = line.startsWith('{"result":') || line.startsWith('{"jsonrpc":"2.0","id":');
  const bare = isAnswer ? line : withoutTraceContext(line);
  return server.volatile.reduce(
    (text, { pattern, replacement }) => text.replace(pattern, replacement),
    bare,
  );
}
