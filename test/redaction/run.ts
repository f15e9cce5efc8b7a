/** Runs a corpus through the redactor and counts. */
import { createRedactor, createSecretMemory } from '@mcp-logbook/redaction';
import { type Case, type Group, judge } from './cases.ts';
import { corpus } from './corpus.ts';

/** Least part of the cases that must pass. */
const AIMS: Readonly<Record<Group, number>> = {
  known: 0.99,
  keyed: 0.99,
  struct: 0.98,
  scenario: 0.97,
  pii: 0.95,
  context: 0.9,
  hard: 0.6,
  clean: 0.995,
};

/** Most positive cases that may lose harmless text. */
const OVER_AIM = 0.005;

export interface Failure {
  readonly id: string;
  readonly kind: string;
  readonly what: 'leak' | 'over-redacted' | 'damaged' | 'thrown';
  readonly reason: string;
  /** What the redactor made of it; what it left of a secret is masked. */
  readonly excerpt: string;
}

export interface GroupScore {
  readonly name: string;
  readonly cases: number;
  readonly passed: number;
  readonly over: number;
  readonly aim: string;
  readonly overAim: string;
  readonly reached: boolean;
  readonly failures: readonly Failure[];
  /** Ids of the cases whose output changes when it is redacted again. */
  readonly unstable: readonly string[];
}

const redactor = createRedactor();

/** Scores of the groups, and a last line for over-redaction in all of them. */
export function scoreGroups(seed: number, groups: readonly Group[]): GroupScore[] {
  const scores = groups.map((group) => scoreGroup(group, corpus(seed, [group])));
  const positive = scores.filter(({ name }) => name !== 'clean');
  const cases = positive.reduce((sum, score) => sum + score.cases, 0);
  const over = positive.reduce((sum, score) => sum + score.over, 0);
  return [
    ...scores,
    {
      name: 'over-redaction',
      cases,
      passed: cases - over,
      over,
      aim: '',
      overAim: `<= ${OVER_AIM * 100}`,
      reached: over <= cases * OVER_AIM,
      failures: [],
      unstable: [],
    },
  ];
}

function scoreGroup(group: Group, cases: readonly Case[]): GroupScore {
  const failures: Failure[] = [];
  const unstable: string[] = [];
  let passed = 0;
  let over = 0;
  for (const one of cases) {
    const outputs = run(one);
    const verdict = judge(one, outputs);
    if (!isStable(outputs)) unstable.push(one.id);
    if (verdict.passed) passed++;
    if (verdict.overRedacted) over++;
    if (verdict.passed && !verdict.overRedacted) continue;
    const what = verdict.passed ? 'over-redacted' : group === 'clean' ? 'damaged' : 'leak';
    failures.push({
      id: one.id,
      kind: one.kind,
      what,
      reason: verdict.reason,
      excerpt: excerpt(one, outputs),
    });
  }
  return {
    name: group,
    cases: cases.length,
    passed,
    over,
    aim: `>= ${AIMS[group] * 100}`,
    overAim: '',
    reached: passed >= cases.length * AIMS[group],
    failures,
    unstable,
  };
}

/** True when redacting the outputs again changes nothing. */
function isStable(outputs: readonly unknown[]): boolean {
  return outputs.every(
    (output) => JSON.stringify(redactor.redact(output).value) === JSON.stringify(output),
  );
}

/** Outputs of a case's steps, in order, with one memory of secrets. */
function run(one: Case): unknown[] {
  const secrets = createSecretMemory();
  return one.steps.map(
    ({ value, ...context }) => redactor.redact(value, { ...context, secrets }).value,
  );
}

function excerpt(one: Case, outputs: readonly unknown[]): string {
  let text = outputs.map((output) => JSON.stringify(output)).join(' | ');
  if (one.group === 'clean') return text.slice(0, 200);
  for (const { text: secret, publicLength } of one.secrets) {
    const body = secret.slice(publicLength);
    text = text
      .replaceAll(secret, `${secret.slice(0, publicLength + 2)}‹…›`)
      .replaceAll(body, '‹…›');
  }
  return text.slice(0, 300);
}
