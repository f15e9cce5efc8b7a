/** Which SDKs a server loads, and in what form: asked of the running program by probe.mjs, not of its package.json. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROBE = fileURLToPath(new URL('./probe.mjs', import.meta.url));

/** The environment of a run that is asked, processes that it starts included. */
export function probing(file: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${PROBE}`, PROBE_FILE: file };
}

/** What a probe's file says, as `SDK 1.30.0 ESM` or `inlined CJS`, sorted. */
export function foundIn(file: string): string[] {
  if (!existsSync(file)) return [];
  const found = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => describeSource(JSON.parse(line) as { url: string; format: string }));
  return [...new Set(found)].toSorted();
}

function describeSource({ url, format }: { url: string; format: string }): string {
  const path = fileURLToPath(url);
  const { name = '', version = '', type } = manifestAbove(path);
  const isModule =
    format === 'module' || path.endsWith('.mjs') || (type === 'module' && !path.endsWith('.cjs'));
  const form = isModule
    ? 'ESM'
    : type === undefined && path.endsWith('.js')
      ? 'CJS without "type"'
      : 'CJS';
  const sdk = /(?:^@modelcontextprotocol\/(?:sdk|server|client)$|sdk)/.test(name);
  return sdk
    ? `${name.replace('@modelcontextprotocol/', '')} ${version} ${form}`
    : `inlined ${form}`;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
}

/** The nearest package.json with a name; `type` is that of the nearest at all. */
function manifestAbove(path: string): Manifest {
  let type: string | undefined;
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    type ??= manifest.type;
    if (manifest.name !== undefined) return { ...manifest, ...(type !== undefined && { type }) };
  }
  return {};
}
