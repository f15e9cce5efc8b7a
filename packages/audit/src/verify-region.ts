/**
 * The lines since the last commit in the walk of `verifyLog`, and what is wrong with them. A problem waits until the
 * commit of its region tells which one it is. What no line shows by itself, a root or `seals` that does not fit, is
 * narrowed down by reading the region again strictly: to the lines that are not in their one form, else to all of it.
 */
import { parseLeaf } from './leaf.ts';
import { hasBytes, scanLines, utf8At } from './scan.ts';
import { parseSeal } from './seal.ts';
import type { Findings, ProblemCode, VerifyProblem } from './verify-findings.ts';
import { ANY_SEAL_START, faultOf, LEAF_START, SIGNATURE_MARK } from './verify-lines.ts';

/** Malformed lines named of one region. */
const MAX_MALFORMED = 10;

export class Region {
  /** The line at hand. */
  line = 0;
  #path = '';
  #file = '';
  /** Where it begins. */
  #from = { path: '', file: '', line: 1, offset: 0 };
  /** Leaves before it. */
  #leaves = 0;
  #problems: VerifyProblem[] = [];

  /** @param leaves before the first region */
  constructor(leaves: number) {
    this.#leaves = leaves;
  }

  /** Name of the file at hand, from the log's folder. */
  get file(): string {
    return this.#file;
  }

  /** The line at hand, for people. */
  get here(): string {
    return `"${this.#file}" line ${this.line}`;
  }

  /** Another file: the region goes on in it. */
  enter(path: string, file: string): void {
    this.#path = path;
    this.#file = file;
    this.line = 1;
  }

  /** It begins at a line of the file at hand, behind so many leaves. */
  begin(line: number, offset: number, leaves: number): void {
    this.#from = { path: this.#path, file: this.#file, line, offset };
    this.#leaves = leaves;
  }

  get isSound(): boolean {
    return this.#problems.length === 0;
  }

  /** A number out of place may be the echo of a damaged line before it, which must be named as well. */
  get isDamaged(): boolean {
    return this.#problems.some(({ code }) => code !== 'sequence');
  }

  /** A problem of the line at hand. @param index of the leaf that it is about */
  damaged(code: ProblemCode, what: string, index: number): void {
    const [file, line] = [this.#file, this.line];
    this.#problems.push({ code, message: `${this.here}: ${what}`, file, line, index });
  }

  /** A problem somewhere in the region: named by its line if the line is malformed, else by the range. */
  between(code: ProblemCode, what: string): void {
    const { file, line } = this.#from;
    const malformed = this.#readStrictly();
    if (malformed.length > 0) {
      this.#problems.push(...malformed.map((problem) => ({ ...problem, code })));
      return;
    }
    const range =
      file === this.#file ? `lines ${line} to ${this.line}` : `line ${line} to ${this.here}`;
    this.#problems.push({
      code,
      message: `"${file}" ${range}: ${what}`,
      file,
      line,
      ...(file === this.#file ? { lastLine: this.line } : {}),
      index: this.#leaves,
    });
  }

  /** No commit vouches for the lines: then at least each must be in its one form. */
  unsigned(): void {
    if (this.isSound) this.#problems.push(...this.#readStrictly());
  }

  /** Tells the problems that waited which commit is the first bad one. */
  settle(commit: number, findings: Findings): void {
    for (const problem of this.#problems.toSorted(byLine)) {
      // A commit that damage joined to the line before it is known by its place alone.
      const first = problem.commit ?? commit;
      const message = `${problem.message}; first bad commit ${first}`;
      findings.add({ ...problem, message, commit: first });
    }
    this.#problems = [];
  }

  /** Reads the region again and names the lines that are not in their one form. */
  #readStrictly(): VerifyProblem[] {
    const { path, file, line: firstLine, offset } = this.#from;
    const problems: VerifyProblem[] = [];
    let index = this.#leaves - 1;
    if (path === '') return problems;
    scanLines(
      path,
      (buffer, start, end, line) => {
        if (path === this.#path && line > this.line) return false;
        const isLeaf = hasBytes(buffer, start, end, LEAF_START);
        if (isLeaf) index += 1;
        const wrong = isLeaf
          ? faultOf(() => parseLeaf(utf8At(buffer, start, end) ?? ''))
          : hasBytes(buffer, start, end, ANY_SEAL_START)
            ? faultOf(() => parseSeal(buffer.toString('latin1', start, end)))
            : undefined;
        if (wrong !== undefined && problems.length < MAX_MALFORMED) {
          problems.push({
            code: 'line',
            message: `"${file}" line ${line}: ${wrong}`,
            file,
            line,
            index,
            ...(buffer.subarray(start, end).includes(SIGNATURE_MARK) ? { commit: index + 1 } : {}),
          });
        }
        return true;
      },
      { offset, line: firstLine },
    );
    return problems;
  }
}

function byLine(a: VerifyProblem, b: VerifyProblem): number {
  return a.file === b.file ? (a.line ?? 0) - (b.line ?? 0) : 0;
}
