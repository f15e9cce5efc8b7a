/** What a case is, and who passes. The rules are those of the design page: see `judge`. */

/** Groups of cases that hold secrets, and `clean`, which holds none. */
export const GROUPS = [
  'known',
  'keyed',
  'struct',
  'scenario',
  'pii',
  'context',
  'hard',
  'clean',
] as const;
export type Group = (typeof GROUPS)[number];

/** Text that must go. `publicLength` characters at its start are a public prefix and may stay. */
export interface Secret {
  readonly text: string;
  readonly publicLength: number;
}

/** One value that goes through the redactor; all steps of a case share one secret memory. */
export interface Step {
  readonly value: unknown;
  readonly direction: 'request' | 'response';
  readonly tool?: string;
  readonly inputSchema?: unknown;
}

/** One case. `keep`: harmless text that must be in the output, word for word. */
export interface Case {
  readonly id: string;
  readonly group: Group;
  readonly kind: string;
  readonly steps: readonly Step[];
  readonly secrets: readonly Secret[];
  readonly keep: readonly string[];
}

/** A case before it has its number. */
export interface Draft {
  readonly kind: string;
  readonly value?: unknown;
  readonly steps?: readonly Step[];
  readonly secrets?: readonly (Secret | string)[];
  readonly keep?: readonly string[];
  readonly inputSchema?: unknown;
  readonly direction?: 'request' | 'response';
}

export type Verdict =
  | { readonly passed: true; readonly overRedacted: boolean; readonly reason: string }
  | { readonly passed: false; readonly overRedacted: boolean; readonly reason: string };

/** Numbers the drafts of a group. */
export function number(group: Group, drafts: readonly Draft[]): Case[] {
  const seen = new Map<string, number>();
  return drafts.map((draft) => {
    const count = (seen.get(draft.kind) ?? 0) + 1;
    seen.set(draft.kind, count);
    const step: Step = {
      value: draft.value,
      direction: draft.direction ?? 'response',
      ...(draft.inputSchema === undefined ? {} : { inputSchema: draft.inputSchema }),
    };
    return {
      id: `${group}/${draft.kind}/${count}`,
      group,
      kind: draft.kind,
      steps: draft.steps ?? [step],
      secrets: (draft.secrets ?? []).map((secret) =>
        typeof secret === 'string' ? { text: secret, publicLength: 0 } : secret,
      ),
      keep: draft.keep ?? [],
    };
  });
}

/** Length of a piece of a secret that counts as a leak. */
const PIECE = 14;

/**
 * Judges what the redactor made of a case.
 *
 * A case with secrets passes when no secret is in the output whole nor with a 14-character piece past its public
 * prefix; in the strings as they are, in their JSON form at three depths of quoting, or percent-encoded. It is
 * over-redacted when a harmless piece is gone. A clean case passes when nothing changed; one that names what to keep
 * (binary data, which is cut to type, size and digest by design) when that is there.
 */
export function judge(one: Case, outputs: readonly unknown[]): Verdict {
  if (one.group === 'clean' && one.keep.length === 0) {
    const at = one.steps.findIndex((step, i) => json(step.value) !== json(outputs[i]));
    return at === -1
      ? { passed: true, overRedacted: false, reason: '' }
      : {
          passed: false,
          overRedacted: false,
          reason: difference(one.steps[at]?.value, outputs[at]),
        };
  }
  const haystack = outputs.map((output) => `${texts(output)}\n${json(output)}`).join('\n');
  for (const secret of one.secrets) {
    for (const form of forms(secret.text)) {
      if (haystack.includes(form)) {
        return { passed: false, overRedacted: false, reason: `whole: ${masked(secret.text)}` };
      }
    }
    const body = secret.text.slice(secret.publicLength);
    if (body.length < PIECE && body.length >= 6 && haystack.includes(body)) {
      return { passed: false, overRedacted: false, reason: `body: ${masked(secret.text)}` };
    }
    for (const form of forms(body)) {
      for (let i = 0; i + PIECE <= form.length; i++) {
        if (haystack.includes(form.slice(i, i + PIECE))) {
          const reason = `piece at ${i + secret.publicLength} of ${secret.text.length}: ${masked(secret.text)}`;
          return { passed: false, overRedacted: false, reason };
        }
      }
    }
  }
  const lost = one.keep.find((text) => !forms(text).some((form) => haystack.includes(form)));
  if (one.group === 'clean' && lost !== undefined) {
    return { passed: false, overRedacted: false, reason: `lost: ${lost}` };
  }
  return lost === undefined
    ? { passed: true, overRedacted: false, reason: '' }
    : { passed: true, overRedacted: true, reason: `lost: ${lost.slice(0, 60)}` };
}

/** The text as it is, as JSON text at three depths, and percent-encoded. */
function forms(text: string): string[] {
  const all = new Set([text]);
  let quoted = text;
  for (let i = 0; i < 3; i++) {
    quoted = JSON.stringify(quoted).slice(1, -1);
    all.add(quoted);
  }
  all.add(encodeURIComponent(text));
  return [...all];
}

/** First six characters, length and character kinds of a secret: enough to find it, not to use it. */
function masked(text: string): string {
  const shape = text
    .slice(6, 30)
    .replace(/[a-z]+/g, 'a')
    .replace(/[A-Z]+/g, 'A')
    .replace(/[0-9]+/g, '9');
  return `${text.slice(0, 6).replace(/\n/g, '\\n')}…${shape} (${text.length})`;
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** All strings and numbers of a value, keys too, one a line. */
function texts(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map(texts).join('\n');
  return Object.entries(value)
    .map(([key, inner]) => `${key}\n${texts(inner)}`)
    .join('\n');
}

/** Where two JSON texts part, with what surrounds it. */
function difference(before: unknown, after: unknown): string {
  const [a, b] = [json(before), json(after)];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 40);
  return `changed at ${at}: …${a.slice(from, at + 50)}… became …${b.slice(from, at + 40)}…`;
}
