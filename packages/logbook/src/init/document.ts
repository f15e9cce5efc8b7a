/**
 * A host's configuration as text: which servers it starts, and single values put in or taken out. JSON with comments and
 * trailing commas (VS Code's), of which plain JSON is a part. Whatever is not ours stays as it stands, comments too; only
 * lines of objects and lists that get something new are indented anew.
 *
 * Messages name lines and columns, never content: these files hold secrets.
 */
import {
  applyEdits,
  type FormattingOptions,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Plan, Removal } from './entry.ts';
import type { Place } from './hosts.ts';

/** A server that a host starts, or reaches. */
export interface Server {
  readonly name: string;
  /** Keys to its entry. */
  readonly path: readonly string[];
  readonly entry: unknown;
}

/** Why a text is no configuration, with where. */
export class Malformed extends Error {}

/**
 * The servers of a configuration, in its order.
 * @throws Malformed
 */
export function serversOf(text: string, places: readonly Place[]): Server[] {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined)
    throw new Malformed(
      `not JSON ${at(text, error.offset)}: ${wordsOf(printParseErrorCode(error.error))}`,
    );
  if (root?.type !== 'object') throw new Malformed('not a JSON object');
  return places.flatMap((place) => serversAt(text, root, place, []));
}

/** Puts a plan into the entry at `path`. */
export function put(text: string, path: readonly string[], plan: Plan): string {
  if (plan.does === 'node') return set(text, [...path, 'env', 'NODE_OPTIONS'], plan.nodeOptions);
  if (plan.does !== 'wrap') return text;
  let changed = set(text, [...path, 'command'], plan.command);
  if (plan.drop !== undefined) changed = set(changed, [...path, 'args', 0], undefined);
  // One by one from the last to the first: comments between the arguments that are there stay.
  if (!hasArgs(changed, path)) return set(changed, [...path, 'args'], plan.before);
  for (const argument of plan.before.toReversed())
    changed = set(changed, [...path, 'args', 0], argument, true);
  return changed;
}

/** Takes ours out of the entry at `path`. */
export function take(text: string, path: readonly string[], removal: Removal): string {
  if (removal.does === 'node')
    return set(text, [...path, 'env', 'NODE_OPTIONS'], removal.nodeOptions);
  let changed = set(text, [...path, 'command'], removal.command);
  for (let n = 0; n < removal.drop; n++) changed = set(changed, [...path, 'args', 0], undefined);
  return changed;
}

function hasArgs(text: string, path: readonly string[]): boolean {
  const entry = path.reduce<unknown>(
    (value, key) => (Object(value) as Record<string, unknown>)[key],
    getNodeValue(parseTree(text, [], { allowTrailingComma: true }) ?? ({} as Node)),
  );
  return Array.isArray((Object(entry) as { args?: unknown }).args);
}

/** `undefined` takes the value out. */
function set(text: string, path: (string | number)[], value: unknown, insert = false): string {
  const formattingOptions = formatOf(text);
  return applyEdits(
    text,
    modify(text, path, value, { formattingOptions, isArrayInsertion: insert }),
  );
}

/** As the file is indented already. */
function formatOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  const insertSpaces = !indent.startsWith('\t');
  return {
    insertSpaces,
    tabSize: insertSpaces ? indent.length : 1,
    eol: /\r?\n/.exec(text)?.[0] ?? '\n',
  };
}

function serversAt(text: string, node: Node, place: Place, path: readonly string[]): Server[] {
  const [key, ...rest] = place;
  // On the way to the servers anything may stand that has none.
  if (node.type === 'null' || (node.type !== 'object' && key !== undefined)) return [];
  if (node.type !== 'object')
    throw new Malformed(`not an object ${at(text, node.offset)}, as "${path.join('.')}" is`);
  const members = membersOf(text, node);
  if (key === undefined)
    return [...members].map(([name, value]) => {
      checkInside(text, value);
      const entry: unknown = getNodeValue(value);
      return { name, path: [...path, name], entry };
    });
  if (key === '*')
    return [...members].flatMap(([name, value]) => serversAt(text, value, rest, [...path, name]));
  const next = members.get(key);
  return next === undefined ? [] : serversAt(text, next, rest, [...path, key]);
}

/** Twice the same name: the host reads the last, an edit would go to the first. */
function membersOf(text: string, node: Node): Map<string, Node> {
  const members = new Map<string, Node>();
  for (const { children: [key, value] = [], offset } of node.children ?? []) {
    if (key === undefined || value === undefined) continue;
    if (members.has(String(key.value)))
      throw new Malformed(`a name that is there twice ${at(text, offset)}`);
    members.set(String(key.value), value);
  }
  return members;
}

/** An entry and its `env`. */
function checkInside(text: string, entry: Node): void {
  if (entry.type !== 'object') return;
  const env = membersOf(text, entry).get('env');
  if (env?.type === 'object') membersOf(text, env);
}

function at(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `at line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

/** `CommaExpected` -> `comma expected`. */
function wordsOf(code: string): string {
  return code.replaceAll(/(?<!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}
