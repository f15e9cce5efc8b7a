/** Every authentication event as rows: what is sent, what is answered, and what must be told and entered of it. */
import { gateRows, plainRows } from './gate-rows.ts';
import { modernRows } from './modern-rows.ts';
import { oauthRows } from './oauth-rows.ts';
import type { Gate, Made } from './program.ts';
import type { RowSpec } from './rows.ts';

/** The rows of one server, in the order in which they are sent. */
export function rowsOf(gate: Gate, made: Made): RowSpec[] {
  const { tokens } = made;
  return [
    ...gateRows(gate.sdk === 'v1' ? '/mcp' : '/sessions', tokens),
    ...oauthRows(gate, made),
    ...(gate.sdk === 'v1' ? plainRows(tokens) : modernRows(tokens)),
  ];
}
