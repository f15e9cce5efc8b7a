/**
 * `node:sqlite`, loaded on first use and without Node 22's ExperimentalWarning on the watched program's stderr.
 *
 * Only the one warning that loading emits is held back, only while it loads (synchronously); `process.emitWarning`
 * is ours for those microseconds and the program's again after.
 */
type Sqlite = typeof import('node:sqlite');

export type Database = InstanceType<Sqlite['DatabaseSync']>;

let loaded: Sqlite | undefined;

/** The module `node:sqlite`. */
export function loadSqlite(): Sqlite {
  if (loaded !== undefined) return loaded;
  // oxlint-disable-next-line typescript/unbound-method -- only ever called with `process` as its `this`
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]): void => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (text.includes('SQLite is an experimental feature')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning; // same parameters as the function it stands in for
  try {
    // Typed by @types/node: getBuiltinModule is 22.3, within the floor.
    loaded = process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
  return loaded;
}

/** Opens a database file. */
export function openDatabase(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Database {
  const { DatabaseSync } = loadSqlite();
  return withIsTransaction(new DatabaseSync(path, { readOnly: options.readOnly ?? false }));
}

/**
 * Gives a database `isTransaction` where Node.js (before 22.16) has none: a transaction cannot be begun inside another.
 * The trial takes no lock and changes nothing.
 */
export function withIsTransaction(database: Database): Database {
  if (Reflect.has(database, 'isTransaction')) return database;
  return Object.defineProperty(database, 'isTransaction', {
    get: () => {
      try {
        database.exec('BEGIN; ROLLBACK');
        return false;
      } catch {
        return true;
      }
    },
  });
}

/** Whether an error is what SQLite says of a damaged database, or that it holds a number no writer of ours wrote. */
export function isSqliteError(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_SQLITE_ERROR' || code === 'ERR_OUT_OF_RANGE';
}

/**
 * Name of a table, index, trigger or view that is none of `schema`, or is spelled otherwise there; undefined when there is
 * none. What is missing of it is another matter: older files have less.
 */
export function strangeSchema(database: Database, schema: string): string | undefined {
  const { DatabaseSync } = loadSqlite();
  const model = new DatabaseSync(':memory:');
  try {
    model.exec(schema);
    const objectsOf = (of: Database): string[][] =>
      of
        .prepare('SELECT name, type, tbl_name, sql FROM sqlite_schema')
        .all()
        .map((row) => [String(row['name']), JSON.stringify(Object.values(row))]);
    const known = new Map(objectsOf(model).map(([name = '', text = '']) => [name, text]));
    return objectsOf(database).find(([name = '', text]) => known.get(name) !== text)?.[0];
  } finally {
    model.close();
  }
}
