/** What a look at the set-up found, and what every look gets to see. */
import type { Config } from '../config.ts';

/** One line of the doctor's answer. */
export interface Finding {
  /** What was looked at: `node`, `host`, `folder`... */
  readonly check: string;
  /** `note` = worth knowing, nothing is broken. */
  readonly level: 'wrong' | 'note' | 'ok';
  readonly text: string;
  /** What to do next; always there when something is wrong. */
  readonly remedy?: string;
}

/** The set-up that is looked at. */
export interface Setup {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
  /** What reading the configuration warned of. */
  readonly warnings: readonly string[];
  /** Root folder of the logs. */
  readonly root: string;
}

export function wrong(check: string, text: string, remedy: string): Finding {
  return { check, level: 'wrong', text, remedy };
}

export function note(check: string, text: string, remedy?: string): Finding {
  return { check, level: 'note', text, ...(remedy !== undefined && { remedy }) };
}

export function ok(check: string, text: string): Finding {
  return { check, level: 'ok', text };
}

/** Code of a system error, or what there is. */
export function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : 'unreadable';
}

/** A list in a sentence, cut. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
