/** Globs over names and over paths of keys. Linear in practice, at worst pattern times text: no backtracking over more than one star. */

/** True when `text` fits: `*` is any text, everything else itself. */
export function matchesName(glob: string, text: string): boolean {
  return matches(glob, text, '*', (one, other) => one === other);
}

/** True when the keys fit the segments of the glob: `**` is any number of keys, `*` within a segment any text. */
export function matchesPath(glob: readonly string[], keys: readonly string[]): boolean {
  return matches(glob, keys, '**', matchesName);
}

function matches(
  glob: ArrayLike<string>,
  items: ArrayLike<string>,
  star: string,
  fits: (one: string, other: string) => boolean,
): boolean {
  let g = 0;
  let i = 0;
  let starAt = -1;
  let resume = 0;
  while (i < items.length) {
    const one = glob[g];
    if (one === star) {
      starAt = g++;
      resume = i;
    } else if (one !== undefined && fits(one, items[i] ?? '')) {
      g++;
      i++;
    } else if (starAt >= 0) {
      g = starAt + 1;
      i = ++resume;
    } else return false;
  }
  while (glob[g] === star) g++;
  return g === glob.length;
}
