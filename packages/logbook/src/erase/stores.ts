/** The stores of telemetry in an erasure: their options, and what is told of them. */
import type { TelemetryNames } from '@mcp-logbook/audit';
import { UsageError } from '../cli/usage.ts';
import { lineOf } from '../diag.ts';
import { deleteInLoki } from './loki.ts';
import { StoreClient } from './store-client.ts';
import { leftInTempo } from './tempo.ts';

export const STORE_OPTIONS = {
  loki: { type: 'string' },
  'loki-token-file': { type: 'string' },
  tempo: { type: 'string' },
  'tempo-token-file': { type: 'string' },
  pseudonym: { type: 'string' },
  wait: { type: 'string' },
} as const;

export interface Stores {
  readonly loki: StoreClient | undefined;
  readonly tempo: StoreClient | undefined;
  readonly pseudonym: string | undefined;
  readonly waitMs: number;
}

/** Loki hides what is to be deleted within five minutes; twice that. */
const WAIT_S = 600;

/** @returns undefined when no store is named @throws UsageError */
export function storesOf(values: {
  readonly [name in keyof typeof STORE_OPTIONS]?: string | undefined;
}): Stores | undefined {
  const { loki, tempo, pseudonym, wait } = values;
  if (loki === undefined && tempo === undefined) {
    const [other] = Object.keys(STORE_OPTIONS).filter((name) => Object.hasOwn(values, name));
    if (other !== undefined)
      throw new UsageError(`--${other} belongs to --loki or --tempo`, 'give --loki URL too');
    return undefined;
  }
  if (pseudonym !== undefined && !/^p_[a-z2-7]{16}$/.test(pseudonym))
    throw new UsageError('--pseudonym is not one', 'p_ and 16 characters, as Grafana shows it');
  if (wait !== undefined && !/^\d{1,5}$/.test(wait))
    throw new UsageError('--wait is not a number of seconds', `default ${WAIT_S}`);
  return {
    loki:
      loki === undefined ? undefined : new StoreClient('--loki', loki, values['loki-token-file']),
    tempo:
      tempo === undefined
        ? undefined
        : new StoreClient('--tempo', tempo, values['tempo-token-file']),
    pseudonym,
    waitMs: Number(wait ?? WAIT_S) * 1000,
  };
}

/**
 * Asks the stores and tells what became of it: a line each on stdout.
 * @param code of the logs: 0 done, 1 nobody knew the person there
 * @returns 3 when a store could not be asked or Loki still shows lines; 0 when something was hidden; else `code`
 */
export async function reportStores(
  { loki, tempo, waitMs }: Stores,
  names: TelemetryNames,
  json: boolean,
  code: number,
): Promise<number> {
  const note = (line: string): void => void process.stderr.write(`mcp-logbook: ${line}\n`);
  const out = (value: object, line: string): void =>
    void process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${line}\n`);
  let result = code;
  let failed = false;
  const guarded = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed = true;
      note(`error: ${lineOf(error)}`);
    }
  };
  if (loki !== undefined)
    await guarded(async () => {
      const end = await deleteInLoki(loki, names, waitMs, note);
      const { lines, left, seconds } = end;
      out({ store: 'loki', ...end }, lokiLine(end, names));
      if (lines > 0) result = 0;
      if (left === 0) return;
      failed = true;
      note(
        `error: Loki has the request and ${left === undefined ? 'does not say how many lines it still shows' : `still shows ${left} lines`} after ${seconds} s; run the command again with --pseudonym ${names.pseudonym ?? 'p_...'}`,
      );
    });
  if (tempo !== undefined)
    await guarded(async () => {
      const { traces, retentionHours, untilMs } = await leftInTempo(tempo, names);
      const until = new Date(untilMs).toISOString();
      out(
        { store: 'tempo', traces, retentionHours, until },
        traces === 0
          ? 'Tempo: no trace names the person (its newest half minute is not searched)'
          : `Tempo: ${traces} traces name the person until ${until} at the latest (block_retention ${retentionHours} h); it deletes no one person, tempo-cli redact takes single traces`,
      );
    });
  return failed ? 3 : result;
}

function lokiLine(
  { lines, left, seconds, cancelPeriod }: Awaited<ReturnType<typeof deleteInLoki>>,
  { pseudonym }: TelemetryNames,
): string {
  if (lines === 0) return `Loki: no line of ${pseudonym ?? 'this person'}`;
  if (left !== 0)
    return `Loki: deletion of ${lines} lines of ${pseudonym ?? 'this person'} requested`;
  const gone = cancelPeriod === undefined ? 'later' : `${cancelPeriod} after the request`;
  return `Loki: ${lines} lines of ${pseudonym ?? 'this person'} hidden from queries after ${seconds} s; off the disk at the compaction that comes ${gone}`;
}
