/** Root folder and keys of the logs, as the environment and the configuration file name them. */
import type { CommandOptions } from '@mcp-logbook/audit';
import { readConfig } from '../config.ts';
import { warnOnce } from '../diag.ts';
import { rootOf } from './usage.ts';

/** @param dir `--dir` */
export function accessOf(dir: string | undefined): CommandOptions & { readonly root: string } {
  const config = readConfig(process.env, warnOnce);
  const { keyFile, passphraseFile, keyCommand, pseudonymKeyFile } = config;
  const root = rootOf(dir ?? config.dir);
  return { root, keyFile, passphraseFile, keyCommand, pseudonymKeyFile };
}
