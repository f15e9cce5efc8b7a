/** How a report shows numbers and names. Names were chosen by peers: they are cut, and hold no control character. */
import { plain } from '../cli/row-line.ts';

/** At most so many characters; the rest is an ellipsis. */
export function shown(name: string, length: number): string {
  const text = plain(name.slice(0, 4 * length).replaceAll(/\p{Surrogate}/gu, '\ufffd'));
  const characters = Array.from(text);
  return characters.length <= length && name.length <= 4 * length
    ? text
    : `${characters.slice(0, length - 1).join('')}\u2026`;
}

/** Microseconds as people read them. */
export function duration(us: number | undefined): string {
  if (us === undefined) return '-';
  if (us < 1000) return `${Math.round(us)} \u00b5s`;
  if (us < 999_500) return `${(us / 1000).toPrecision(3)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}

/** A share in percent. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}
