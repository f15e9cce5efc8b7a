/** All token families of group `known`. */
import { CLOUD } from './cloud.ts';
import { CODE } from './code.ts';
import type { Family } from './family.ts';
import { MORE } from './more.ts';
import { AI, BUSINESS, MESSAGING, PAYMENT } from './services.ts';

export const FAMILIES: readonly Family[] = [
  ...CODE,
  ...CLOUD,
  ...AI,
  ...PAYMENT,
  ...MESSAGING,
  ...BUSINESS,
  ...MORE,
];
