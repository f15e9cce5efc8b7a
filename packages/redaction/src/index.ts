/** Every public name of `@mcp-logbook/redaction`, one by one. */
export {
  createRedactor,
  type JsonRedaction,
  type Redaction,
  type RedactionContext,
  type Redactor,
  type RedactorOptions,
} from './redactor.ts';
export type {
  AllowRule,
  Find,
  HookContext,
  PatternRule,
  PrefixRule,
  RedactionHook,
  RedactionRules,
  RuleProblem,
} from './policy/types.ts';
export { createSecretMemory, type SecretMemory } from './memory.ts';
