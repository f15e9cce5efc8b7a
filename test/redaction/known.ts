/** Group `known`: every token family in several places, the places turning with the family and the seed. */
import type { Draft } from './cases.ts';
import { FAMILIES } from './families/index.ts';
import { PLACES } from './places.ts';
import { Random } from './random.ts';

/** Places of each family in one run. All are reached over a few families, and over a few seeds for each. */
const PLACES_A_FAMILY = 6;

export function known(seed: number): Draft[] {
  const names = Object.keys(PLACES);
  return FAMILIES.flatMap((family) => {
    const random = new Random(seed, `known/${family.id}`);
    return random.sample(names, PLACES_A_FAMILY).map((name): Draft => {
      const place = PLACES[name];
      if (place === undefined) throw new Error(name);
      const { text, publicLength } = family.make(random);
      const { value, keep } = place(text, random);
      return { kind: `${family.id} in ${name}`, value, keep, secrets: [{ text, publicLength }] };
    });
  });
}
