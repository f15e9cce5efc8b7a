/** Group `clean`: nothing in it is secret or personal, and nothing may change. */
import type { Draft } from './cases.ts';
import { cleanData } from './clean-data.ts';
import { cleanText } from './clean-text.ts';

export function clean(seed: number): Draft[] {
  return [...cleanData(seed), ...cleanText(seed)];
}
