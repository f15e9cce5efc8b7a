/** What the runners of whole lists share (test:servers, test:bundles, test:loading): one subject tried, and its row printed. */
import { parseArgs } from 'node:util';
import { stopProcesses } from '../harness/process.ts';
import { removeSandboxes } from '../harness/sandbox.ts';
import { compare, type Subject, type Verdict } from './compare.ts';
import { nodeOf, type NodeLine, NODES } from './program.ts';

/** One row, before it is run. */
export interface Attempt {
  readonly subject: Subject;
  /** Cells behind the title, as the head says. */
  readonly cells?: readonly string[];
  /** What was wrong before anything ran. */
  readonly problems?: readonly string[];
}

/** What became of it. */
export interface Outcome {
  readonly good: boolean;
  /** The first run was not: it was run again (`Verdict.again`). */
  readonly again: boolean;
  /** Requests of one session; 0 where there was none. */
  readonly requests: number;
}

const VERDICT = [
  'requests',
  'seen',
  'end plain',
  'end recorded',
  'same after',
  'again',
  'problems',
] as const;

/** The head of the table that `runRow` prints. */
export function printHead(...cells: readonly string[]): void {
  const head = [...cells, ...VERDICT];
  print(head);
  print(head.map(() => '---'));
}

/** Tries one subject, prints its row, and says on stderr what is wrong with it. */
export async function runRow(
  title: string,
  attempt: () => Attempt | Promise<Attempt>,
): Promise<Outcome> {
  try {
    const { subject, cells = [], problems: before = [] } = await attempt();
    const { plain, watched, seen, rules, problems: found, again, first } = await compare(subject);
    const problems = [...before, ...found];
    print([
      title,
      ...cells,
      watched.requests.length,
      seen,
      endOf(plain),
      endOf(watched),
      rules.length === 0 ? 'nothing' : rules.join(', '),
      again ? 'yes, end waits' : 'no',
      problems.length === 0 ? 'none' : problems.length,
    ]);
    for (const problem of first) complain([title, ...cells, 'first run'], problem);
    for (const problem of problems) complain([title, ...cells], problem);
    return { good: problems.length === 0, again, requests: watched.requests.length };
  } catch (error) {
    const { message, stderr = '' } = error as Error & { readonly stderr?: string };
    print([title, 'no session']);
    complain([title], `${message}\n${stderr}`.trim());
    return { good: false, again: false, requests: 0 };
  } finally {
    await stopProcesses();
    removeSandboxes();
  }
}

/** Options of a runner on one line of Node.js: `--only TEXT`, `--node 24`, `--write`. @throws Error for another line */
export function runOptions(): { only: string; write: boolean; line: NodeLine; node: string } {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      node: { type: 'string', default: '24' },
      write: { type: 'boolean', default: false },
    },
  });
  const line = NODES.find((one) => one === values.node);
  if (line === undefined) throw new Error(`--node is one of ${NODES.join(', ')}`);
  return { only: values.only, write: values.write, line, node: nodeOf(line) };
}

function print(cells: readonly (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function complain(row: readonly string[], text: string): void {
  process.stderr.write(`${row.join(', ')}: ${text}\n`);
}

function endOf({ exit, endMs, stayed }: Verdict['plain']): string {
  return `${stayed ? 'stays, ' : ''}${exit.signal ?? exit.code} in ${Math.round(endMs)} ms`;
}
