/** Group `struct`: secrets in a structure that says what they are, beside harmless parts that must stay. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';
import { crossed } from './struct-cross.ts';
import { BLOCKS, DIFFS, SQL } from './struct-blocks.ts';
import { EVERYDAY } from './struct-everyday.ts';
import { FILES } from './struct-files.ts';
import { COMMANDS, CONNECTIONS, HEADERS, URLS } from './struct-urls.ts';
import { TERMINAL } from './struct-terminal.ts';
import { fromTemplates } from './template.ts';

const TABLES = {
  connection: CONNECTIONS,
  url: URLS,
  header: HEADERS,
  command: COMMANDS,
  file: FILES,
  block: BLOCKS,
  diff: DIFFS,
  sql: SQL,
  everyday: EVERYDAY,
  terminal: TERMINAL,
};

export function struct(seed: number): Draft[] {
  const tables = Object.entries(TABLES).flatMap(([table, templates]) =>
    fromTemplates(new Random(seed, `struct/${table}`), templates, 2).map((draft) => ({
      ...draft,
      kind: `${table} ${draft.kind}`,
    })),
  );
  const product = crossed(new Random(seed, 'struct/crossed'), 250);
  return [...tables, ...product.map((draft) => ({ ...draft, kind: `crossed ${draft.kind}` }))];
}
