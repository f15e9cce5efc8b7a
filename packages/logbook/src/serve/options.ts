/** The command line of `serve`, checked as far as it can be without touching a file. */
import { parseArgs } from 'node:util';
import { UsageError } from '../cli/usage.ts';

const DEFAULT_LISTEN = '127.0.0.1:4319';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dir: string | undefined;
  readonly tokenFile: string | undefined;
  /** Turns the admin endpoint on. */
  readonly adminTokenFile: string | undefined;
  readonly tls:
    | { readonly cert: string; readonly key: string; readonly clientCa: string | undefined }
    | undefined;
  /** Where kept checkpoints of the central log are looked for every hour. */
  readonly anchors: readonly string[];
  /** Bearer token for them. */
  readonly anchorToken: string | undefined;
  readonly json: boolean;
  /** `serve` runs the sink; the others answer and end. */
  readonly task: 'serve' | 'recipient' | { readonly health: URL };
}

/** @throws UsageError */
export function serveOptions(args: readonly string[]): ServeOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      listen: { type: 'string', default: DEFAULT_LISTEN },
      dir: { type: 'string' },
      json: { type: 'boolean', default: false },
      'token-file': { type: 'string' },
      'admin-token-file': { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      'client-ca': { type: 'string' },
      anchors: { type: 'string', multiple: true, default: [] },
      'anchors-token-file': { type: 'string' },
      health: { type: 'boolean', default: false },
      recipient: { type: 'boolean', default: false },
    },
  });
  const { 'tls-cert': cert, 'tls-key': key, 'client-ca': clientCa } = values;
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together', 'give both, or neither');
  if (clientCa !== undefined && cert === undefined)
    throw new UsageError('--client-ca needs --tls-cert and --tls-key', 'give all three');
  const tls = cert === undefined || key === undefined ? undefined : { cert, key, clientCa };
  const { host, port } = listenAddress(values.listen);
  if (positionals.length > (values.health ? 1 : 0))
    throw new UsageError(
      `"${positionals[0] ?? ''}" is not an option of serve`,
      'mcp-logbook --help names them; an address goes after --listen or --health',
    );
  const own = `${tls === undefined ? 'http' : 'https'}://${probeHost(host)}:${port}`;
  return {
    host,
    port,
    dir: values.dir,
    tokenFile: values['token-file'],
    adminTokenFile: values['admin-token-file'],
    tls,
    anchors: values.anchors,
    anchorToken: values['anchors-token-file'],
    json: values.json,
    task: values.health
      ? { health: healthUrl(positionals[0] ?? own) }
      : values.recipient
        ? 'recipient'
        : 'serve',
  };
}

/** `host:port`, `[v6]:port` or `:port`, which is every address of the machine. */
function listenAddress(text: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535)
    throw new UsageError(
      `--listen "${text.slice(0, 80)}" is not an address`,
      `give host:port, e.g. ${DEFAULT_LISTEN} or [::1]:4319`,
    );
  const host = parts[1] ?? parts[2] ?? '';
  return { host: host === '' ? '::' : host, port };
}

/** Where a probe finds a sink that listens there. */
function probeHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function healthUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(
      `--health "${text.slice(0, 80)}" is not an address`,
      'give http://host:port or https://host:port',
    );
  return url;
}
