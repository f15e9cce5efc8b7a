/** For tests of single looks: calls one at a word of a text and shows what it would cut. */

interface Range {
  readonly start: number;
  readonly end: number;
}

/** What stands for a find. */
const CUT = '<cut>';

/** The text with every find replaced by `<cut>`. */
export function cut(text: string, found: Range | readonly Range[] | undefined): string {
  const ranges = found === undefined ? [] : 'start' in found ? [found] : found;
  let result = '';
  let done = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(done, start) + CUT;
    done = end;
  }
  return result + text.slice(done);
}

/** Calls a look where `word` stands in the text, as the scan does where it sees a literal, and shows what it cuts. */
export function lookAt(
  text: string,
  word: string,
  look: (text: string, start: number, end: number) => Range | readonly Range[] | undefined,
): string {
  const start = text.toLowerCase().indexOf(word.toLowerCase());
  if (start < 0) throw new Error(`no "${word}" in the text`);
  return cut(text, look(text, start, start + word.length));
}
