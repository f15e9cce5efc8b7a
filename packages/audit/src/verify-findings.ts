/**
 * What verification collects: problems in order, each named by file, line and first bad commit, and notes.
 * A damaged log can have a problem on every line: only the first `MAX_PROBLEMS` are kept, the rest is counted.
 */

/** Kinds of problems. */
export type ProblemCode =
  /** `log.json` is damaged, missing, or belongs to another key. */
  | 'identity'
  /** A line is not of the documented form. */
  | 'line'
  /** Leaf, seal and commit lines do not follow each other as they must, or a segment has the wrong name. */
  | 'order'
  /** A leaf under this commit was changed, added, removed or moved. */
  | 'root'
  /** A seal under this commit was changed. */
  | 'seals'
  /** A commit's signature is wrong or of another key. */
  | 'signature'
  /** A commit speaks of another log or size. */
  | 'commit'
  /** A producer's numbers repeat, run backwards or have a gap that no entry explains. */
  | 'sequence'
  /** A closed segment's digest differs from its `segment.closed` entry. */
  | 'segment'
  /** `pruned` is damaged, or is not the record that the log's entry names. */
  | 'pruned'
  /** A published checkpoint is damaged, or the log does not keep its promise. */
  | 'checkpoint'
  /** A seal does not open, or holds something else than its leaf says (`deep`). */
  | 'seal'
  /** `keys.db` was changed, or lacks what the log says is in it (`deep`). */
  | 'keys'
  /** A seal was blanked or its key destroyed, and no entry explains it (`deep`). */
  | 'unexplained'
  /** `index.db` and the log differ (`index`). */
  | 'index';

/** One thing that is wrong. */
export interface VerifyProblem {
  readonly code: ProblemCode;
  /** Says all the rest in words. */
  readonly message: string;
  /** Name within the log's folder, e.g. `segments/000000000000.jsonl`. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** Last line of the range that cannot be narrowed down further. */
  readonly lastLine?: number;
  /** First bad commit, by its tree size: entries before the commit before it are sound. */
  readonly commit?: number;
  /** Index of the leaf. */
  readonly index?: number;
}

/** Most problems that are kept. */
const MAX_PROBLEMS = 100;

/** Collects problems and notes. */
export class Findings {
  readonly problems: VerifyProblem[] = [];
  readonly notes: string[] = [];
  #dropped = 0;

  add(problem: VerifyProblem): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
    else if ((this.#dropped += 1) === 1)
      this.notes.push(`only the first ${MAX_PROBLEMS} problems are listed`);
  }

  note(text: string): void {
    this.notes.push(text);
  }
}
