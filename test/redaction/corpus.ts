/** The corpus of one seed: all groups, every case with its id. Same seed, same corpus. */
import { type Case, type Draft, type Group, GROUPS, number } from './cases.ts';
import { clean } from './clean.ts';
import { context } from './context.ts';
import { hard } from './hard.ts';
import { keyed } from './keyed.ts';
import { known } from './known.ts';
import { pii } from './pii.ts';
import { scenario } from './scenario.ts';
import { struct } from './struct.ts';

const MAKERS: Readonly<Record<Group, (seed: number) => Draft[]>> = {
  known,
  keyed,
  struct,
  scenario,
  pii,
  context,
  hard,
  clean,
};

export function corpus(seed: number, groups: readonly Group[] = GROUPS): Case[] {
  return groups.flatMap((group) => number(group, MAKERS[group](seed)));
}
