/**
 * Property names that a tool's JSON Schema calls secret: `format: "password"` or `writeOnly: true`, at any depth.
 *
 * Names, not paths: a nested property of that name is removed wherever it stands in the call. Cached by schema object.
 */

const cache = new WeakMap<object, ReadonlySet<string> | undefined>();
const MAX_DEPTH = 8;
const MAX_PROPERTIES = 1_000;

/** The names, or `undefined` when there are none or the schema cannot be read. */
export function secretProperties(schema: unknown): ReadonlySet<string> | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  if (cache.has(schema)) return cache.get(schema);
  const names = new Set<string>();
  try {
    collect(schema, names, 0, { left: MAX_PROPERTIES });
  } catch {
    // A schema with throwing getters tells nothing; the other rules still hold.
  }
  const found = names.size === 0 ? undefined : names;
  cache.set(schema, found);
  return found;
}

function collect(
  schema: object,
  names: Set<string>,
  depth: number,
  budget: { left: number },
): void {
  for (const [key, inner] of Object.entries(schema) as [string, unknown][]) {
    if (typeof inner !== 'object' || inner === null || depth >= MAX_DEPTH || budget.left-- <= 0)
      continue;
    const { format, writeOnly } = inner as { format?: unknown; writeOnly?: unknown }; // read as unknown
    if (format === 'password' || writeOnly === true) names.add(key);
    collect(inner, names, depth + 1, budget);
  }
}
