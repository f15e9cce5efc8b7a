/** Options of the commands that reach the log of a running sink: `--sink URL --token-file F`, TLS files. */
import type { SinkAccess } from '../erase/sink-client.ts';
import { UsageError } from './usage.ts';

export const SINK_OPTIONS = {
  sink: { type: 'string' },
  'token-file': { type: 'string' },
  'tls-ca': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
} as const;

type SinkValues = { readonly [name in keyof typeof SINK_OPTIONS]?: string | undefined } & {
  readonly dir?: string | undefined;
};

/** @returns undefined when no sink is named @throws UsageError */
export function sinkOf(values: SinkValues): SinkAccess | undefined {
  const { sink: url, dir, 'token-file': tokenFile, 'tls-cert': cert, 'tls-key': key } = values;
  if (url === undefined) {
    if (
      tokenFile !== undefined ||
      cert !== undefined ||
      key !== undefined ||
      values['tls-ca'] !== undefined
    )
      throw new UsageError('--token-file and --tls-* belong to --sink', 'give --sink URL too');
    return undefined;
  }
  if (dir !== undefined)
    throw new UsageError(
      '--dir and --sink exclude each other',
      'the sink knows where its logs are',
    );
  if (tokenFile === undefined)
    throw new UsageError(
      '--sink needs --token-file F',
      "with a line of the sink's --admin-token-file",
    );
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together', 'give both, or neither');
  return { url, tokenFile, ca: values['tls-ca'], cert, key };
}
