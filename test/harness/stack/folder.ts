/**
 * The state folder of one stack: data of every program, log files, copies of the shipped configuration that must lie
 * beside other files, and throw-away secrets in files of mode 0600. Made again on every start; data and secrets stay.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Secrets of a stack, by file name. */
const SECRETS = [
  'intake_token',
  'sink_token',
  'admin_token',
  'fleet_key',
  'grafana_password',
] as const;

/** Absolute paths. */
export interface StackFolder {
  readonly root: string;
  /** Files of mode 0600, one secret each. */
  readonly secrets: Readonly<Record<(typeof SECRETS)[number], string>>;
  /** Data of one program, made. */
  data(name: string): string;
  log(name: string): string;
}

/** Makes the folder, or completes an earlier one. */
export function stackFolder(root: string): StackFolder {
  const made = (...path: string[]): string => {
    const folder = join(root, ...path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  };
  made('logs');
  const secrets = Object.fromEntries(
    SECRETS.map((name) => {
      const file = join(made('secrets'), name);
      if (!existsSync(file))
        writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
      return [name, file];
    }),
  ) as StackFolder['secrets'];
  return {
    root,
    secrets,
    data: (name) => made('data', name),
    log: (name) => join(root, 'logs', `${name}.log`),
  };
}

/** Copies a folder of the repository into the state folder; without a source it is made empty. */
export function copyShipped(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  const from = join(ROOT, source);
  if (existsSync(from)) cpSync(from, target, { recursive: true });
}
