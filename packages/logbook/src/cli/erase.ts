/**
 * `erase` and `hold`: what was sealed for one person can never be read again, or must stay, in every log under the root,
 * or with `--sink` in the central log of a running sink. With `--loki` the person's lines there are deleted as well, and
 * with `--tempo` it is told what stays there until when.
 * Code 0: done everywhere; 1: nobody knows the user, or a hold denies it; 2: wrong usage; 3: a log was not reached, its
 * writer has not answered yet, or Loki still shows lines.
 */
import { existsSync, writeFileSync } from 'node:fs';
import {
  certificatesOf,
  erase as eraseUser,
  type ErasureResult,
  type HoldResult,
  type LogEnd,
  LogbookError,
  setHold,
  telemetryNames,
  type TelemetryNames,
} from '@mcp-logbook/audit';
import { parseArgs } from 'node:util';
import { lineOf } from '../diag.ts';
import { askSink } from '../erase/sink-client.ts';
import { reportStores, type Stores, storesOf, STORE_OPTIONS } from '../erase/stores.ts';
import { accessOf } from './access.ts';
import { tellOfBackups } from './backups.ts';
import { tell } from './ends.ts';
import { sinkOf, SINK_OPTIONS } from './sink-options.ts';
import { UsageError } from './usage.ts';

const note = (line: string): void => void process.stderr.write(`mcp-logbook: ${line}\n`);

/** `erase --user U [--reason R] [--certificate F] [--sink URL ...] [--loki URL ...] [--tempo URL]` */
export async function erase(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      user: { type: 'string' },
      reason: { type: 'string' },
      certificate: { type: 'string' },
      json: { type: 'boolean' },
      ...SINK_OPTIONS,
      ...STORE_OPTIONS,
    },
  });
  const { user, reason, certificate } = values;
  if (user === undefined)
    throw new UsageError('erase needs --user U', 'e.g. --user "https://issuer.example|alice"');
  if (certificate !== undefined && existsSync(certificate))
    throw new UsageError(
      `file "${certificate}" is there already`,
      'name a new file for the certificate',
    );
  const stores = storesOf(values);
  const sink = sinkOf(values);
  return await guarded(async () => {
    const access = accessOf(values.dir);
    const json = values.json === true;
    // Afterwards nobody knows the person any more.
    let names = namesBefore(user, stores, sink === undefined ? access : undefined);
    let code: number;
    try {
      let ends: readonly LogEnd<ErasureResult>[];
      let certificates: Readonly<Record<string, string>>;
      if (sink === undefined) {
        ends = await eraseUser({ ...access, user, reason });
        certificates = certificate === undefined ? {} : await certificatesOf(ends);
      } else {
        const answer = await askSink<ErasureResult>(sink, 'erase', { user, reason });
        ({ ends } = answer);
        certificates = answer.certificates ?? {};
        names ??= answer.names;
        if (answer.backups !== undefined) note(answer.backups);
      }
      code = tellErasure(ends, json, certificate, certificates);
      if (code === 0 && sink === undefined) tellOfBackups(access);
    } catch (error) {
      if (!isUnknown(error) || stores === undefined || names === undefined) throw error;
      note(`${error.message}; erased before, or never there`);
      code = 1;
      return await reportStores(stores, names, json, code);
    }
    if (code !== 1) note('logs on other machines need their own erase');
    if (stores === undefined || code === 1) return code;
    if (code === 3) {
      note('Loki and Tempo are asked once every log is done: run the command again');
      return code;
    }
    if (names === undefined) {
      note(
        'error: the pseudonym of the person is not known here: give --pseudonym p_... (as Grafana shows it) and run the command again',
      );
      return 3;
    }
    return await reportStores(stores, names, json, code);
  });
}

/** What telemetry calls the person, as far as it is known before the erasure. */
function namesBefore(
  user: string,
  stores: Stores | undefined,
  access: ReturnType<typeof accessOf> | undefined,
): TelemetryNames | undefined {
  if (stores === undefined) return undefined;
  const person = user.includes('|') ? user : undefined;
  if (stores.pseudonym !== undefined) return { pseudonym: stores.pseudonym, person };
  if (access !== undefined) {
    const names = telemetryNames({ ...access, user });
    return names.pseudonym === undefined ? undefined : names;
  }
  return /^p_[a-z2-7]{16}$/.test(user) ? { pseudonym: user, person } : undefined;
}

function tellErasure(
  ends: readonly LogEnd<ErasureResult>[],
  json: boolean,
  file: string | undefined,
  certificates: Readonly<Record<string, string>>,
): number {
  let written = 0;
  return tell(
    ends.map((end) => withCertificate(end, certificates)),
    json,
    (done) => {
      if (done.outcome === 'denied')
        return [1, `denied: on hold by authority of ${done.authority}; entry ${done.entry}`];
      const erased = `erased ${done.actor}: ${done.seals} seals; certificate: `;
      const { certificate } = done;
      if (file === undefined || certificate === undefined) {
        if (file !== undefined)
          note('the certificate is not signed yet: mcp-logbook prove makes it later');
        return [0, `${erased}mcp-logbook prove ${done.entry}`];
      }
      written += 1;
      const path = written === 1 ? file : `${file}.${written}`;
      try {
        writeFileSync(path, certificate, { flag: 'wx' });
      } catch (error) {
        note(
          `error: the certificate could not be written: ${lineOf(error)}; mcp-logbook prove makes it again`,
        );
        return [3, `${erased}mcp-logbook prove ${done.entry}`];
      }
      return [0, `${erased}"${path}", of entry ${done.entry}`];
    },
  );
}

function withCertificate(
  end: LogEnd<ErasureResult>,
  certificates: Readonly<Record<string, string>>,
): LogEnd<ErasureResult & { readonly certificate?: string }> {
  if (!('done' in end)) return end;
  const certificate = certificates[end.done.entry];
  return certificate === undefined ? end : { ...end, done: { ...end.done, certificate } };
}

/** `hold set|lift --user U --authority A [--sink URL ...]` */
export async function hold(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      dir: { type: 'string' },
      user: { type: 'string' },
      authority: { type: 'string' },
      json: { type: 'boolean' },
      ...SINK_OPTIONS,
    },
  });
  const [what] = positionals;
  const { user, authority } = values;
  if ((what !== 'set' && what !== 'lift') || positionals.length > 1)
    throw new UsageError('hold needs set or lift', 'mcp-logbook hold set --user U --authority A');
  if (user === undefined || authority === undefined)
    throw new UsageError(
      `hold ${what} needs --user U and --authority A`,
      'the authority is whose word it is, e.g. --authority "court order 12/26"',
    );
  const sink = sinkOf(values);
  return await guarded(async () => {
    const lift = what === 'lift';
    const ends =
      sink === undefined
        ? await setHold({ ...accessOf(values.dir), user, authority, lift })
        : (await askSink<HoldResult>(sink, lift ? 'lift' : 'hold', { user, authority })).ends;
    return tell(ends, values.json === true, ({ outcome, actor, entry }) => [
      0,
      `${outcome} ${actor}; entry ${entry}`,
    ]);
  });
}

function isUnknown(error: unknown): error is LogbookError {
  return error instanceof LogbookError && error.code === 'ERR_LOGBOOK_UNKNOWN_PERSON';
}

/** Nobody knows the user: code 1. What the user got wrong: code 2. */
async function guarded(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LogbookError)) throw error;
    if (error.code === 'ERR_LOGBOOK_USAGE' || error.code === 'ERR_LOGBOOK_NOT_A_LOG')
      throw new UsageError(error.message, error.hint ?? 'see mcp-logbook --help');
    if (!isUnknown(error)) throw error;
    process.stderr.write(`mcp-logbook: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`mcp-logbook: hint: ${error.hint}\n`);
    return 1;
  }
}
