/**
 * `redact [--explain] [--rules FILE] [--tool NAME]`: what the redactor makes of a text or JSON, stdin to stdout, so that
 * people can try their own payloads before they trust it. `--explain` names rule, place and reason of each replaced
 * piece on stderr, never the piece. `--hmac` gives the value of an allow-list entry instead.
 *
 * Memory is bounded: what is larger than a piece is looked at piece by piece, cut at the end of a line and never inside
 * a key block.
 */
import type { Find, Redactor, RedactorOptions } from '@mcp-logbook/redaction';
import { readFileSync, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { parseArgs } from 'node:util';
import { openRedactor } from '../redaction.ts';
import { UsageError } from './usage.ts';

/** Characters looked at together. */
const PIECE = 4 * 1024 * 1024;
const CHUNK = 64 * 1024;
/** Larger than a server's: people want to see all of what they try. */
const BOUNDS: RedactorOptions = {
  maxStringLength: 2 * PIECE,
  maxTotalLength: 4 * PIECE,
  maxNodes: 1_000_000,
};

export async function redact(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      explain: { type: 'boolean' },
      hmac: { type: 'boolean' },
      rules: { type: 'string' },
      tool: { type: 'string' },
      dir: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const file = values.rules ?? process.env.MCP_LOGBOOK_CONFIG?.trim();
  const { redactor, options } = openedWith(file === '' ? undefined : file);
  if (values.hmac === true) return await hmac(options);
  const { explainReason } = await import('@mcp-logbook/redaction/rules');
  let line = 1;
  let failed = false;
  for (const text of pieces(0)) {
    const explain = (find: Find, part: string): void => {
      const reason = explainReason(find.rule);
      const place = placeOf(find, part, line);
      process.stderr.write(
        values.json === true
          ? `${JSON.stringify({ ...find, ...place.fields, reason })}\n`
          : `${place.text}: ${find.rule}: ${reason}\n`,
      );
    };
    for (const part of isJsonLines(text) ? text.split(/(?<=\n)/) : [text]) {
      const redaction = redactor.redactText(part, {
        ...(values.tool !== undefined && { tool: values.tool }),
        ...(values.explain === true && { explain: (find: Find) => explain(find, part) }),
      });
      failed ||= redaction.failed;
      // JSON that was changed is written anew, without what stood behind it.
      const lost = part.endsWith('\n') && !redaction.value.endsWith('\n');
      write(lost ? `${redaction.value}\n` : redaction.value);
      line += linesIn(part, part.length);
    }
  }
  return failed ? 1 : 0;
}

/** @throws UsageError for rules that are wrong: a server would go on without them, here they are what is tried */
function openedWith(file: string | undefined): { redactor: Redactor; options: RedactorOptions } {
  const { redactor, problems, options } = openRedactor(
    { file: file ?? '', value: file === undefined ? {} : rulesIn(file) },
    BOUNDS,
  );
  if (problems.length > 0)
    throw new UsageError(
      problems.map(({ rule, reason }) => `${rule}: ${reason}`).join('\nmcp-logbook: error: '),
      'docs/redaction.md shows each kind of rule; a server leaves such a rule out and keeps all others',
    );
  return { redactor, options };
}

/** A configuration file, or one that holds the rules alone. */
function rulesIn(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the file.
    throw new UsageError(
      `"${file}" is not valid JSON`,
      'config.schema.json in the package describes it',
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const isWhole = Object.keys(value).some(
    (name) => name === 'redaction' || name.startsWith('MCP_LOGBOOK_'),
  );
  if (isWhole) return 'redaction' in value ? value.redaction : {};
  const { $schema: _, ...rules } = value as { $schema?: unknown };
  return rules;
}

async function hmac({ pseudonymKey }: RedactorOptions): Promise<number> {
  if (pseudonymKey === undefined)
    throw new UsageError(
      '--hmac needs a key',
      'give --rules FILE with pseudonymKeyFile: the allow-list entry is true only under that key',
    );
  const { allowedValue } = await import('@mcp-logbook/redaction/rules');
  const [value = ''] = pieces(0);
  write(`${allowedValue(pseudonymKey, value.replace(/\r?\n$/, ''))}\n`);
  return 0;
}

/** The input in texts of bounded size. */
function* pieces(fd: number): Generator<string> {
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(CHUNK);
  let text = '';
  for (let read = readSome(fd, chunk); read > 0; read = readSome(fd, chunk)) {
    text += decoder.write(chunk.subarray(0, read));
    if (text.length < PIECE) continue;
    const end = cutAt(text);
    yield text.slice(0, end);
    text = text.slice(end);
  }
  text += decoder.end();
  if (text !== '') yield text;
}

/** After the last line, but before a key block that is not closed yet; a line longer than a piece goes as it is. */
function cutAt(text: string): number {
  const open = text.lastIndexOf('-----BEGIN');
  const isOpen = open > 0 && !text.includes('-----END', open);
  const end = isOpen ? open : text.lastIndexOf('\n') + 1;
  return end > 0 ? end : text.length;
}

/** Blocking, and patient with a terminal or pipe that has nothing yet. */
function readSome(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function write(text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** More than one line, and the first one is JSON by itself: then each line is. */
function isJsonLines(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0 || text.trimEnd().length <= end || !/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text.slice(0, end));
    return true;
  } catch {
    return false;
  }
}

/** Line and columns in plain text, keys in JSON. */
function placeOf(
  { path, start, end }: Find,
  text: string,
  firstLine: number,
): {
  readonly text: string;
  readonly fields: { readonly line?: number; readonly column?: number };
} {
  if (path !== '') return { text: path, fields: {} };
  if (start === undefined || end === undefined) return { text: 'whole text', fields: {} };
  const line = firstLine + linesIn(text, start);
  const column = start - text.lastIndexOf('\n', start - 1);
  return { text: `${line}:${column}-${column + end - start - 1}`, fields: { line, column } };
}

function linesIn(text: string, end: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
