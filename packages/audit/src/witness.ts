/**
 * Client of a C2SP witness (c2sp.org/tlog-witness, `add-checkpoint`): it cosigns a checkpoint when a consistency proof
 * shows that the log only grew since the last one it cosigned. What a witness refuses as inconsistent is a fork or a cut
 * log: an integrity failure, not a fault of the network.
 *
 *   POST <url>/add-checkpoint      "old <size>\n" (<base64 hash> "\n")* "\n" <checkpoint>
 *   200 cosignature lines · 409 the size it has, as text/x.tlog.size · 404, 403 log or key unknown to it · 422 proof false
 */
import { parseCheckpoint } from './checkpoint.ts';
import { parseWitnessVkey } from './cosignature.ts';
import { LogbookError } from './errors.ts';
import { proveConsistency } from './log-leaves.ts';
import { openNote, type Verifier } from './note.ts';

/** Whom to ask. */
export interface Witness {
  /** Submission prefix. */
  readonly url: string;
  /** Its C2SP verifier key, type 0x04. */
  readonly vkey: string;
}

const TIMEOUT_MS = 30_000;
/** Another client may submit in between. */
const MAX_TRIES = 4;
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Has a checkpoint of a log cosigned.
 * @param folder the log's folder, for the consistency proof
 * @param note the checkpoint, signed by the log
 * @param knownSize size that this witness cosigned last, as far as is known; it tells when it is another
 * @returns the note with the witness's signature lines added
 * @throws LogbookError `ERR_LOGBOOK_INTEGRITY` when the witness saw another log under this name, `ERR_LOGBOOK_ANCHOR` when
 * it cannot be reached or does not know the log, `ERR_LOGBOOK_KEY_MALFORMED`
 */
export async function cosign(
  folder: string,
  note: string,
  witness: Witness,
  knownSize = 0,
): Promise<string> {
  const verifier = parseWitnessVkey(witness.vkey);
  const { size } = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
  let old = Math.min(knownSize, size);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const proof = proveConsistency(folder, old, size);
    const body = [`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', note];
    const answer = await post(witness.url, body.join('\n'));
    if (answer.status === 200) return withCosignature(note, answer.text, verifier, witness.url);
    const has = /^(?:0|[1-9]\d{0,15})\n$/.test(answer.text) ? Number(answer.text) : undefined;
    if (answer.status === 409 && has === old)
      throw forked(witness.url, `it cosigned another tree of ${old} entries`);
    if (answer.status === 409 && has !== undefined && has > size)
      throw forked(witness.url, `it cosigned ${has} entries, this checkpoint has ${size}`);
    if (answer.status === 422)
      throw forked(
        witness.url,
        `the tree of ${old} entries it cosigned is no beginning of this one`,
      );
    if (answer.status !== 409 || has === undefined)
      throw failed(witness.url, `answers ${answer.status}: ${answer.text.trim().slice(0, 200)}`);
    old = has;
  }
  throw failed(witness.url, 'is asked by others at the same time');
}

/** The note with the lines that are this witness's and right; others are left out. */
function withCosignature(note: string, answer: string, verifier: Verifier, url: string): string {
  const lines = answer
    .split('\n')
    .filter((line) => line.startsWith(`\u2014 ${verifier.name} `))
    .map((line) => `${line}\n`);
  for (const line of lines) {
    try {
      openNote(`${note}${line}`, [verifier]);
      return `${note}${line}`;
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
    }
  }
  throw failed(url, `answers without a signature of "${verifier.name}"`);
}

async function post(url: string, body: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/add-checkpoint`, {
      method: 'POST',
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, text: text.slice(0, MAX_ANSWER_BYTES) };
  } catch (cause) {
    throw failed(url, 'does not answer', cause);
  }
}

function failed(url: string, what: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_ANCHOR', `witness "${url}": it ${what}`, {
    cause,
    hint: 'see that the URL is its submission prefix, the key its own, and the log known to it',
  });
}

function forked(url: string, what: string): LogbookError {
  return new LogbookError('ERR_LOGBOOK_INTEGRITY', `witness "${url}" refuses this log: ${what}`, {
    hint: 'the log was cut, restored from an old copy or written anew: mcp-logbook verify --anchors',
  });
}
