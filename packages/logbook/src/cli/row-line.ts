/** One entry as one line for people. Everything a peer chose is shown without control characters. */
import type { QueryRow } from '@mcp-logbook/audit';
import { styleText } from 'node:util';

/** Colours a text, or leaves it. */
export type Paint = (colour: 'red' | 'yellow' | 'green' | 'dim', text: string) => string;

/** Colours only for a terminal, and not where NO_COLOR is set. */
export function painter(): Paint {
  const colours = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text);
}

const COLOURS = { success: 'green', failure: 'red', denied: 'yellow', unknown: 'dim' } as const;

/** Time, kind, outcome, server, target, who, duration. */
export function rowLine({ leaf, payload, sealed }: QueryRow, paint: Paint): string {
  const person = (payload as { person?: unknown } | undefined)?.person;
  const who = typeof person === 'string' ? person : (leaf.actor ?? '-');
  const parts = [
    paint('dim', leaf.time),
    plain(leaf.kind).padEnd(14),
    paint(COLOURS[leaf.outcome], leaf.outcome.padEnd(7)),
    plain(leaf.service),
    plain(leaf.target ?? '-'),
    plain(who),
  ];
  if (leaf.us !== undefined) parts.push(`${(leaf.us / 1000).toFixed(1)} ms`);
  if (leaf.error !== undefined) parts.push(paint('red', plain(leaf.error)));
  if (sealed !== 'opened') parts.push(`[${sealed}]`);
  return parts.join('  ');
}

/** An escape sequence in a name must not reach a terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
