/**
 * Writes `params._meta` into the text of a JSON-RPC message, and leaves every other byte as it is: parsing and printing
 * it again would change numbers that JavaScript cannot hold.
 */

/** The text with `meta` as its `params._meta`; `text` must be a valid JSON object. */
export function withMeta(text: string, meta: Readonly<Record<string, unknown>>): string {
  const value = JSON.stringify(meta);
  const outer = text.indexOf('{');
  const params = memberOf(text, outer, 'params');
  if (params === undefined) return inserted(text, outer, `"params":{"_meta":${value}}`);
  if (text[params.from] !== '{')
    return `${text.slice(0, params.from)}{"_meta":${value}}${text.slice(params.to)}`;
  const old = memberOf(text, params.from, '_meta');
  return old === undefined
    ? inserted(text, params.from, `"_meta":${value}`)
    : `${text.slice(0, old.from)}${value}${text.slice(old.to)}`;
}

function inserted(text: string, brace: number, member: string): string {
  const isEmpty = text[spaceEnd(text, brace + 1)] === '}';
  return `${text.slice(0, brace + 1)}${member}${isEmpty ? '' : ','}${text.slice(brace + 1)}`;
}

/** Where the value of a member stands; of members of one name the last, as `JSON.parse` has it. */
function memberOf(
  text: string,
  brace: number,
  name: string,
): { readonly from: number; readonly to: number } | undefined {
  let found: { from: number; to: number } | undefined;
  let at = spaceEnd(text, brace + 1);
  while (text[at] === '"') {
    const keyEnd = stringEnd(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const from = spaceEnd(text, spaceEnd(text, keyEnd) + 1);
    const to = valueEnd(text, from);
    if (key === name) found = { from, to };
    at = spaceEnd(text, to);
    if (text[at] === ',') at = spaceEnd(text, at + 1);
  }
  return found;
}

function valueEnd(text: string, from: number): number {
  if (text[from] === '"') return stringEnd(text, from);
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (depth === 0 && ',}] \t\r\n'.includes(char)) return at;
    else if ((char === '}' || char === ']') && (depth -= 1) === 0) return at + 1;
  }
  return text.length;
}

/** Just behind the closing quote. */
function stringEnd(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function spaceEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at += 1;
  return at;
}
