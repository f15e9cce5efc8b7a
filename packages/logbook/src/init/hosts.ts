/**
 * Programs that start MCP servers, and where each keeps what it starts. Facts of November 2026, from the hosts' own
 * manuals: a host gives its stdio servers the `env` of their entry and a short list of other variables, so NODE_OPTIONS of
 * a shell does not reach them (design/hooking 7).
 */
import { join } from 'node:path';

/** Where an object of servers by name stands in a file: keys, `*` for each key of an object. */
export type Place = readonly string[];

/** One program. */
export interface Host {
  readonly title: string;
  readonly places: readonly Place[];
  /** All files it may have, whether they exist or not. */
  files(where: Surroundings): string[];
}

/** What decides where files are. Paths are absolute. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Folder of settings that programs on this platform share. */
function settings({ platform, home, env }: Surroundings): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  if (platform === 'win32') return env['APPDATA'] ?? join(home, 'AppData', 'Roaming');
  const xdg = env['XDG_CONFIG_HOME'];
  return xdg === undefined || xdg === '' ? join(home, '.config') : xdg;
}

const USUAL: readonly Place[] = [['mcpServers']];

const CLAUDE_DESKTOP: Host = {
  title: 'Claude Desktop',
  places: USUAL,
  files: (where) => {
    const name = 'claude_desktop_config.json';
    const local = where.env['LOCALAPPDATA'];
    return [
      join(settings(where), 'Claude', name),
      // The package of the Windows store sees a folder of its own as %APPDATA%.
      ...(where.platform === 'win32' && local !== undefined
        ? [join(local, 'Packages', 'Claude_pzs8sxrjxfjjc', 'LocalCache', 'Roaming', 'Claude', name)]
        : []),
    ];
  },
};

/** Names on the command line. */
export const HOSTS: ReadonlyMap<string, Host> = new Map([
  ['claude', CLAUDE_DESKTOP],
  [
    'claude-code',
    {
      title: 'Claude Code',
      places: [['mcpServers'], ['projects', '*', 'mcpServers']],
      files: ({ cwd, home }) => [join(cwd, '.mcp.json'), join(home, '.claude.json')],
    },
  ],
  [
    'vscode',
    {
      title: 'VS Code',
      // The second is that of settings.json.
      places: [['servers'], ['mcp', 'servers']],
      files: (where) => [
        join(where.cwd, '.vscode', 'mcp.json'),
        ...['Code', 'Code - Insiders'].map((name) =>
          join(settings(where), name, 'User', 'mcp.json'),
        ),
      ],
    },
  ],
  [
    'cursor',
    {
      title: 'Cursor',
      places: USUAL,
      files: ({ cwd, home }) => [
        join(cwd, '.cursor', 'mcp.json'),
        join(home, '.cursor', 'mcp.json'),
      ],
    },
  ],
  [
    'windsurf',
    {
      title: 'Windsurf',
      places: USUAL,
      files: ({ home }) => [join(home, '.codeium', 'windsurf', 'mcp_config.json')],
    },
  ],
]);
