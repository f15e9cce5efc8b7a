/** JSON that stands in a string. */

/** True where a text may be JSON: it begins like an object, a list or a string. */
export function startsLikeJson(text: string): boolean {
  const code = text.charCodeAt(0);
  if (code === 123 || code === 91) return true;
  if (code === 34) return text.endsWith('"');
  if (code > 32) return false;
  const first = text.slice(0, 64).trimStart()[0];
  return first === '{' || first === '[';
}

/** The object, list or string that a text is the JSON of; `undefined` for anything else. */
export function parsedJson(text: string): object | string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'string' || (typeof parsed === 'object' && parsed !== null)
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

/** What each level of a JSON text is indented by; `undefined` for one without line ends. */
export function indentOf(text: string): string | undefined {
  return /^\s*[[{]\r?\n([ \t]{1,8})/.exec(text)?.[1];
}
