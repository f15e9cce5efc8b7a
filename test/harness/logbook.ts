/**
 * Our own reader of a logbook root, written from audit.md 1 and not from the product's code: what an outsider sees.
 *
 * Leaves come in file order of each log. Payloads are sealed here; tests that need them use the product's `query`.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { asRecord } from './json.ts';

/** One leaf line. */
export interface LeafLine {
  readonly folder: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly leaf: Readonly<Record<string, unknown>>;
}

/** Folders under the root that hold a log. */
export function logFolders(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'log.json')))
    .toSorted();
}

/** Segment files of one log, oldest first. */
export function segmentFiles(folder: string): string[] {
  const segments = join(folder, 'segments');
  if (!existsSync(segments)) return [];
  return readdirSync(segments)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .map((name) => join(segments, name));
}

/** What `zstd -d` does to archived segments: outsiders read them so. */
export function unpackArchives(folder: string): void {
  const archive = join(folder, 'archive');
  for (const name of readdirSync(archive))
    writeFileSync(
      join(folder, 'segments', name.replace(/\.zst$/, '')),
      zstdDecompressSync(readFileSync(join(archive, name))),
    );
}

/**
 * Every leaf of every log under the root. A last line without its newline is a write that a kill cut short: it was
 * never acknowledged, and the next opening takes it away.
 */
export function readLeaves(root: string): LeafLine[] {
  return logFolders(root).flatMap((folder) =>
    segmentFiles(folder).flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .slice(0, -1)
        .flatMap((text, index) =>
          text.startsWith('{"leaf":')
            ? [
                {
                  folder,
                  file,
                  line: index + 1,
                  leaf: asRecord(asRecord(JSON.parse(text))['leaf']),
                },
              ]
            : [],
        ),
    ),
  );
}

/** Leaves of calls: everything that is about MCP traffic, not about sessions, configuration or the log itself. */
export function callLeaves(root: string): LeafLine[] {
  const kinds = new Set(['tool.call', 'resource.read', 'prompt.get', 'sampling', 'elicitation']);
  return readLeaves(root).filter(({ leaf }) => kinds.has(String(leaf['kind'])));
}

/** Every file under a folder. */
export function filesUnder(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .map((name) => join(root, String(name)))
    .filter((path) => statSync(path).isFile());
}
