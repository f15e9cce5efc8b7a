/**
 * C2SP tlog-proof (c2sp.org/tlog-proof): one entry's place in a log as a text that is checked offline.
 *
 *   c2sp.org/tlog-proof@v1
 *   extra <base64>                  may be left out
 *   index <decimal>
 *   <base64 of 32 bytes>            inclusion proof, the leaf's sibling first; none in a tree of one leaf
 *   <empty line>
 *   <checkpoint: a signed note>
 *
 * Reading is strict: what is accepted formats to the same text again, or it is refused.
 */
import { LogbookError } from './errors.ts';
import { HASH_BYTES } from './hash.ts';
import { decodeBase64 } from './note.ts';
import { MAX_PROOF_HASHES } from './proof.ts';

/** What a tlog-proof says; nothing of it is checked yet. */
export interface TlogProof {
  /** Of the application; not authenticated by the format. */
  readonly extra: Uint8Array | undefined;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';

/** Gives the text of a proof. */
export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [HEADER];
  if (extra !== undefined) lines.push(`extra ${base64(extra)}`);
  lines.push(`index ${index}`, ...hashes.map(base64), '', checkpoint);
  return lines.join('\n');
}

/**
 * Reads the text of a proof. Inverse of `formatTlogProof`.
 * @throws LogbookError `ERR_LOGBOOK_PROOF_MALFORMED`
 */
export function parseTlogProof(text: string): TlogProof {
  const split = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(0, split)).split('\n');
  if (header !== HEADER) throw malformed(`does not begin with "${HEADER}"`);
  const extraText = lines[0]?.startsWith('extra ') === true ? lines.shift() : undefined;
  const extra = extraText === undefined ? undefined : decodeBase64(extraText.slice(6));
  if (extraText !== undefined && extra === undefined) throw malformed('"extra" is not base64');
  const index = Number(/^index (0|[1-9]\d*)$/.exec(lines.shift() ?? '')?.[1]);
  if (!Number.isSafeInteger(index)) throw malformed('"index" is not a decimal number');
  if (lines.length > MAX_PROOF_HASHES) throw malformed(`has over ${MAX_PROOF_HASHES} hashes`);
  const hashes = lines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) throw malformed('a hash is not 32 bytes in base64');
    return hash;
  });
  return { extra, index, hashes, checkpoint: text.slice(split + 2) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function malformed(what: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_PROOF_MALFORMED', `not a tlog-proof: it ${what}`, {
    hint: 'a proof is what "mcp-logbook prove ID > entry.tlog-proof" writes',
  });
}
