/**
 * The token families, put together. Records and how to add one: `rules/rule.ts`. No regular expression in any.
 *
 * Checksums are not verified: a mistyped token is one. Certificates, public keys, publishable keys and identifiers
 * have no record here on purpose.
 */
import { AGENTS } from './rules/agents.ts';
import { AI } from './rules/ai.ts';
import { AZURE } from './rules/azure.ts';
import { CLOUD } from './rules/cloud.ts';
import { CODE_HOSTING } from './rules/code-hosting.ts';
import { DATABASES } from './rules/databases.ts';
import { IDENTITY } from './rules/identity.ts';
import { MESSAGING } from './rules/messaging.ts';
import { OBSERVABILITY } from './rules/observability.ts';
import { PACKAGES } from './rules/packages.ts';
import { PAYMENTS } from './rules/payments.ts';
import { PRIVATE_KEYS } from './rules/private-keys.ts';
import { PRODUCTIVITY } from './rules/productivity.ts';
import type { TokenRule } from './rules/rule.ts';
import { WEBHOOKS } from './rules/webhooks.ts';

export type { TokenRule } from './rules/rule.ts';
export { hasEdge } from './rules/rule.ts';

/** Longest token taken in one piece: JWTs with many claims reach this. */
export const MAX_TOKEN = 16_384;

/** Version of the rule data; `Redactor.rules` adds a hash. */
export const RULES_VERSION = '2.0';

/** All families. At one place the last rule with the longest literal gives the name. */
export const TOKEN_RULES: readonly TokenRule[] = [
  ...PAYMENTS,
  ...AI,
  ...AGENTS,
  ...CLOUD,
  ...AZURE,
  ...CODE_HOSTING,
  ...PACKAGES,
  ...MESSAGING,
  ...WEBHOOKS,
  ...OBSERVABILITY,
  ...DATABASES,
  ...PRODUCTIVITY,
  ...PRIVATE_KEYS,
  ...IDENTITY,
];
