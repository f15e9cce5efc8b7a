/** Values of others, read without trusting their shape. */

/** The members of an object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Longest text that is looked at: what is kept of one is far shorter, and cut where it is redacted. */
const MAX_TEXT = 16_384;

/** A text that is not empty, cut at `maxLength` UTF-16 units. */
export function textOf(value: unknown, maxLength: number = MAX_TEXT): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : undefined;
}
