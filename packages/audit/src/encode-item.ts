/**
 * From what is to be entered to what the encoder takes: pseudonym, keys, and the fields that come from the log.
 */
import type { Encoder } from './encoder.ts';
import { countOf, DEFAULT_CLASS, leafHeadOf, payloadOf } from './entry.ts';
import { SYSTEM } from './keyring-file.ts';
import type { Keyring } from './keyring.ts';
import { formatTime } from './leaf.ts';
import type { Foreign, Numbered } from './queue.ts';

/** What every entry of a log has from it. */
export interface ItemContext {
  readonly keyring: Keyring;
  readonly service: string;
  readonly origin: string;
}

/** Adds leaf and seal of one item to the batch. */
export function encodeItem(encoder: Encoder, context: ItemContext, item: Numbered | Foreign): void {
  if ('line' in item) encodeForeign(encoder, context, item);
  else encodeOwn(encoder, context, item);
}

function encodeOwn(
  encoder: Encoder,
  { keyring, service, origin }: ItemContext,
  { entry, seq }: Numbered,
): void {
  const time = formatTime(countOf(entry.timeMicros));
  const entryClass = entry.class ?? DEFAULT_CLASS;
  const known = entry.person !== undefined && entry.person !== '';
  const actor = known
    ? keyring.actorOf(entry.person)
    : entry.anonymous === true
      ? 'anonymous'
      : undefined;
  const key = keyring.sealingKey(actor, entryClass, time.slice(0, 7));
  const head = leafHeadOf(entry, {
    time,
    service: entry.service ?? service,
    actor,
    class: entryClass,
    stream: origin,
    seq,
  });
  encoder.add(head, payloadOf(entry), key);
}

function encodeForeign(
  encoder: Encoder,
  { keyring }: ItemContext,
  { line, hash, class: entryClass, month, person, plain }: Foreign,
): void {
  if (plain === undefined) {
    encoder.addForeign(line, hash, undefined);
    return;
  }
  const subject = person === undefined ? SYSTEM : keyring.actorOf(person);
  const key = keyring.sealingKey(subject, entryClass, month);
  encoder.addForeign(line, hash, { plain, subject, key });
}
