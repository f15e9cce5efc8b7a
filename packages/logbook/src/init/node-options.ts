/**
 * NODE_OPTIONS as Node.js reads it: options between spaces; a `"` begins and ends a piece in which spaces count and `\`
 * takes the next character as it is (node.cc, `ParseNodeOptionsEnvVar`). What others put there stays byte for byte.
 */

/** One option, as it stands and as Node.js reads it. */
interface Piece {
  readonly raw: string;
  readonly value: string;
}

/** Options that load a file first. */
const LOADS = new Set(['--require', '-r', '--import']);

/** Found by Node.js from the folder that the program is started in. */
const BARE = 'mcp-logbook/register';

/** `register` of any copy of this package, by path: as CommonJS, which is what `init` writes, or as the ES module. */
const REGISTER = /[/\\](?:mcp-)?logbook[/\\](?:register\.cjs|dist[/\\]register\.js)$/;

/** The option that loads a file, quoted where it must be. */
export function requireOption(path: string): string {
  return `--require ${/[\s"\\]/.test(path) ? `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"` : path}`;
}

/**
 * `text` with our option behind what is there, once. One that names a copy of ours elsewhere stays, as does a bare name; one
 * whose file is gone is replaced, for it would keep the server from starting.
 * @returns `undefined` when Node.js cannot read `text` (a `"` without its pair)
 */
export function withRegister(
  text: string,
  path: string,
  exists: (path: string) => boolean,
): string | undefined {
  const pieces = piecesOf(text);
  if (pieces === undefined) return undefined;
  const files = registers(pieces);
  if (files.some(({ file }) => file === path || file === BARE || exists(file))) return text;
  return [...without(pieces, files), requireOption(path)].join(' ');
}

/** Takes back what `withRegister` put there; a bare name was somebody else's. @returns `undefined` when Node.js cannot read `text` */
export function withoutRegister(text: string): string | undefined {
  const pieces = piecesOf(text);
  if (pieces === undefined) return undefined;
  const files = registers(pieces).filter(({ file }) => file !== BARE);
  return files.length === 0 ? text : without(pieces, files).join(' ');
}

/** Files of ours that `text` loads. */
export function registersIn(text: string): string[] {
  return registers(piecesOf(text) ?? []).map(({ file }) => file);
}

/** Whether a command line loads ours. */
export function loadsRegister(args: readonly string[]): boolean {
  return registers(args.map((value) => ({ raw: value, value }))).length > 0;
}

interface Found {
  readonly file: string;
  /** Indexes of the pieces it takes. */
  readonly at: number;
  readonly count: 1 | 2;
}

function registers(pieces: readonly Piece[]): Found[] {
  return pieces.flatMap(({ value }, at): Found[] => {
    const equals = value.indexOf('=');
    const joined = equals > 0 && LOADS.has(value.slice(0, equals));
    if (!joined && !LOADS.has(value)) return [];
    const file = joined ? value.slice(equals + 1) : (pieces[at + 1]?.value ?? '');
    return file === BARE || REGISTER.test(file) ? [{ file, at, count: joined ? 1 : 2 }] : [];
  });
}

function without(pieces: readonly Piece[], files: readonly Found[]): string[] {
  return pieces
    .filter((_, index) => !files.some(({ at, count }) => index >= at && index < at + count))
    .map(({ raw }) => raw);
}

function piecesOf(text: string): Piece[] | undefined {
  const pieces: Piece[] = [];
  let raw = '';
  let value = '';
  let quoted = false;
  const end = (): void => {
    if (raw !== '') pieces.push({ raw, value });
    raw = '';
    value = '';
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === ' ' && !quoted) {
      end();
      continue;
    }
    raw += character;
    if (character === '"') quoted = !quoted;
    else if (character === '\\' && quoted) {
      at++;
      raw += text.charAt(at);
      value += text.charAt(at);
    } else value += character;
  }
  end();
  return quoted ? undefined : pieces;
}
