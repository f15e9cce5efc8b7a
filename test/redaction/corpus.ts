/** The corpus of one seed: all groups, every case with its id. Same seed, same corpus. */
import { type Case, type Draft, type Group, GROUPS, number } from './cases.ts';
import { clean } from './clean.ts';
import { known } from './known.ts';
import { struct } from './struct.ts';
import { keyed } from './keyed.ts';

const MAKERS: Readonly<Partial<Record<Group, (seed: number) => Draft[]>>> = {
  known,
  keyed,
  struct,
  clean,
};

export function corpus(seed: number, groups: readonly Group[] = GROUPS): Case[] {
  return groups.flatMap((group) => number(group, MAKERS[group]?.(seed) ?? []));
}
