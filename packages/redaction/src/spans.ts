/**
 * The pieces of one text that must go, in order, and the cut that replaces them all at once.
 */

/** Half-open range of code units and the rule that found it. `secret`: worth looking for elsewhere in the call. */
export interface Span {
  readonly start: number;
  end: number;
  rule: string;
  readonly isToken: boolean;
  readonly isEcho: boolean;
}

/** What replaces a secret. */
export function marker(rule: string): string {
  return `[REDACTED:${rule}]`;
}

/** The same for the name of a rule alone, made once: each new one is a string of parts that are joined where it is read. */
export function ruleMarker(rule: string): string {
  let known = markers.get(rule);
  if (known === undefined) markers.set(rule, (known = marker(rule)));
  return known;
}
/** As many as there are rules. */
const markers = new Map<string, string>();

/** A mark with everything that pseudonyms and masks put into it. */
const MARKS = /\[REDACTED:[^\]]{1,320}\]/g;

/** The text with a blank for each of our own marks: they name rules, not fields. */
export function withoutMarks(text: string): string {
  return text.includes('[REDACTED:') ? text.replace(MARKS, ' ') : text;
}

/** True for our own mark and nothing else. */
export function isMark(text: unknown): boolean {
  return (
    typeof text === 'string' &&
    text.startsWith('[REDACTED:') &&
    text.indexOf(']') === text.length - 1
  );
}

/** Replaces all spans. They may overlap; of two that do, the earlier one names the rule. */
export function cutSpans(
  text: string,
  spans: Span[],
  tally: {
    count(rule: string): void;
    /** What replaces a find; default `marker(rule)`. */
    mark?(rule: string, value: string, start: number): string;
  },
): string {
  if (spans.length > 1) spans.sort((a, b) => a.start - b.start || b.end - a.end);
  let result = '';
  let done = 0;
  for (const { start, end, rule } of spans) {
    if (end <= done) continue;
    if (start < done) {
      // The tail of an overlapping find belongs to the marker already written.
      done = end;
      continue;
    }
    const mark = tally.mark?.(rule, text.slice(start, end), start) ?? ruleMarker(rule);
    result += text.slice(done, start) + mark;
    tally.count(rule);
    done = end;
  }
  return result + text.slice(done);
}
