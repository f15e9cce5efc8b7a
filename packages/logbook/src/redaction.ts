/**
 * The redactor as the file of MCP_LOGBOOK_CONFIG wants it: its member `redaction` holds the rules, the key of the
 * pseudonyms as a file and the hook as a module. What is wrong with them is one line on stderr; the built-in rules stay
 * on in any case, and a hook that cannot be loaded takes every text along, as one that throws does (I5). The secrets in
 * the environment of the process are looked for with or without a file.
 */
import {
  createRedactor,
  type RedactionHook,
  type RedactionRules,
  type Redactor,
  type RedactorOptions,
  type RuleProblem,
} from '@mcp-logbook/redaction';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { RedactionConfig, Warn } from './config.ts';

const require = createRequire(import.meta.url);

/** Member `redaction` of the file. */
export interface RedactionFile extends RedactionRules {
  /** File with the key of pseudonyms and allowed values, 32 bytes or more, the same on every server of a fleet. */
  readonly pseudonymKeyFile?: string;
  /** 1 to 8 lower-case letters and digits, shown in each pseudonym. Default `k1`. */
  readonly pseudonymKeyId?: string;
  /** A module whose default export is a `RedactionHook`. */
  readonly hook?: string;
}

const MIN_KEY = 32;
const PROBLEM = 'MCP_LOGBOOK_CONFIG, member redaction';

/** The redactor of a process. Never throws. */
export function redactorOf(config: RedactionConfig | undefined, warn: Warn): Redactor {
  // What the server was started with is not to come back out of it.
  if (config === undefined) return createRedactor({ environment: process.env });
  const { redactor, problems } = openRedactor(config);
  const [first] = problems;
  if (first !== undefined) {
    const more =
      problems.length === 1
        ? ''
        : ` (and ${problems.length - 1} more: see mcp-logbook redact --rules)`;
    warn(
      'config:redaction',
      `${PROBLEM}: ${first.rule}: ${first.reason}${more}; left out, all other and all built-in rules stay on`,
    );
  }
  return redactor;
}

/** A redactor and all that is wrong with its configuration. Paths are relative to the configuration file. */
export function openRedactor(
  { file, value }: RedactionConfig,
  bounds: RedactorOptions = {},
): {
  readonly redactor: Redactor;
  readonly problems: readonly RuleProblem[];
  readonly options: RedactorOptions;
} {
  const problems: RuleProblem[] = [];
  const told = (problem: RuleProblem): void => void problems.push(problem);
  const options: RedactorOptions = {
    ...bounds,
    ...optionsOf(value, dirname(resolve(file)), told),
    environment: process.env,
    onRuleProblem: told,
  };
  const redactor = createRedactor(options);
  // Compiles the rules, so that whatever is wrong with them is known now.
  void redactor.rules;
  return { redactor, problems, options };
}

function optionsOf(
  value: unknown,
  folder: string,
  told: (problem: RuleProblem) => void,
): RedactorOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    // Not an object: the redactor says so.
    return { rules: value as RedactionRules };
  const { pseudonymKeyFile, pseudonymKeyId, hook, ...rules } = value as RedactionFile; // each member is checked where it is read
  const pseudonymKey =
    pseudonymKeyFile === undefined
      ? undefined
      : keyOf(pseudonymKeyFile, pseudonymKeyId ?? 'k1', folder, told);
  const loaded = hook === undefined ? undefined : hookOf(hook, folder, told);
  return {
    rules,
    ...(pseudonymKey !== undefined && { pseudonymKey }),
    ...(loaded !== undefined && { hook: loaded }),
  };
}

function keyOf(
  path: unknown,
  id: unknown,
  folder: string,
  told: (problem: RuleProblem) => void,
): RedactorOptions['pseudonymKey'] {
  if (typeof id !== 'string' || !/^[a-z0-9]{1,8}$/.test(id)) {
    told({ rule: 'pseudonymKeyId', reason: 'is not 1 to 8 lower-case letters and digits' });
    return undefined;
  }
  try {
    if (typeof path !== 'string') throw new Error('is not a path');
    const key = readFileSync(resolve(folder, path));
    if (key.length < MIN_KEY) throw new Error(`has ${key.length} bytes, fewer than ${MIN_KEY}`);
    return { id, key };
  } catch (error) {
    told({
      rule: 'pseudonymKeyFile',
      reason: `${reasonOf(error)}; pseudonyms are of a random key`,
    });
    return undefined;
  }
}

function hookOf(
  path: unknown,
  folder: string,
  told: (problem: RuleProblem) => void,
): RedactionHook {
  let reason = 'is not a path';
  try {
    if (typeof path === 'string') {
      const module: unknown = require(resolve(folder, path));
      const found: unknown =
        typeof module === 'function' ? module : (module as { default?: unknown }).default;
      if (typeof found === 'function') return found as RedactionHook; // its answers are checked
      reason = 'has no function as its default export';
    }
  } catch (error) {
    // A module's own message may hold anything.
    const { code } = error as { code?: unknown };
    reason = `cannot be loaded${typeof code === 'string' ? ` (${code})` : ''}`;
  }
  told({ rule: 'hook', reason: `${reason}; every text becomes [REDACTION-ERROR] until it can` });
  return () => {
    throw new Error('the hook is not there');
  };
}

/** Messages of system calls name a path, which is the user's own, and no content. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'cannot be read';
}
