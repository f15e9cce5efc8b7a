/**
 * Whether two runs said the same. Byte for byte first; where that fails, after named rules that hold for every server:
 * each replaces something that no two runs of a program share. A rule that was needed is named in the table.
 */

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
}

/**
 * From the most specific to the least. The async frame is Node.js 22's own, in stack traces of a program in which anything uses
 * an AsyncLocalStorage; Node.js 24 has none.
 */
const RULES: readonly Rule[] = [
  {
    name: 'async frame',
    pattern: /(?:\n|\\n)\s+at [\w.]*callbackTrampoline \(node:internal\/async_hooks:\d+:\d+\)/g,
  },
  { name: 'date', pattern: /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g },
  { name: 'UUID', pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi },
  { name: 'epoch', pattern: /\b1[789]\d{8}(?:\d{3})?\b/g },
  { name: 'duration', pattern: /\b\d+(?:\.\d+)? ?(?:ms|s|seconds|milliseconds)\b/g },
  { name: 'pid', pattern: /\b(?:pid["':= ]+|node:)\d+\b|\[\d{2,7}\]|(?<= )\(\d{2,7}\)(?=:)/gi },
  { name: 'clock', pattern: /\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?: [AP]M)?/g },
  { name: 'random hex', pattern: /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,64}\b/g },
];

export interface Same {
  readonly equal: boolean;
  /** Rules without which they differ. */
  readonly rules: readonly string[];
  /** The first place where they differ after all rules. */
  readonly difference: string;
}

/** Compares two texts. `roots` are the sandboxes of the two runs. */
export function same(plain: string, watched: string, roots: readonly [string, string]): Same {
  let [left, right] = [plain.replaceAll(roots[0], 'ROOT'), watched.replaceAll(roots[1], 'ROOT')];
  const rules: string[] = [];
  for (const { name, pattern } of RULES) {
    if (left === right) break;
    const mark = name === 'async frame' ? '' : name;
    const [before, after] = [left.replace(pattern, mark), right.replace(pattern, mark)];
    if (before !== left || after !== right) rules.push(name);
    [left, right] = [before, after];
  }
  return {
    equal: left === right,
    rules,
    difference: left === right ? '' : firstDifference(left, right),
  };
}

function firstDifference(left: string, right: string): string {
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  const from = Math.max(0, at - 60);
  const part = (text: string): string => JSON.stringify(text.slice(from, at + 140));
  return `plain ${part(left)} watched ${part(right)}`;
}
