/** Audit records as a shipper sends them, of a producer that exists nowhere: OTLP bodies for tests of the sink. */
import { randomBytes } from 'node:crypto';
import { PAYLOAD_INFO, Sealer } from '../../audit/src/hpke.ts';
import { uuidV7 } from '../../audit/src/id.ts';
import { encodeLeaf, formatTime, parseLeaf } from '../../audit/src/leaf.ts';
import { encodeLogs, entryRecord } from '../../audit/src/otlp/encode.ts';
import { commitment } from '../../audit/src/seal.ts';

export interface Batch {
  readonly ids: readonly string[];
  /** Protobuf. */
  readonly body: Buffer;
}

/** Entries `firstSeq` to `firstSeq + count - 1` of a stream, sealed to the sink if its key is given. */
export function makeBatch(
  stream: string,
  firstSeq: number,
  count: number,
  recipient?: string,
): Batch {
  const sealer = recipient === undefined ? undefined : new Sealer(recipient, PAYLOAD_INFO);
  const ids: string[] = [];
  const records = Array.from({ length: count }, (_, n) => {
    const id = uuidV7(Date.now());
    ids.push(id);
    const salt = randomBytes(16);
    const payload = Buffer.from(
      JSON.stringify({
        person: `https://issuer.example|user-${n % 5}`,
        request: { path: `/documents/${n}`, note: 'x'.repeat(120) },
        result: { content: [{ type: 'text', text: 'y'.repeat(160) }] },
      }),
    );
    const line = encodeLeaf(
      {
        v: 1,
        id,
        time: formatTime(Date.now() * 1000),
        kind: 'tool.call',
        action: 'execute',
        outcome: 'success',
        target: `tool-${n % 7}`,
        side: 'server',
        us: 1200 + n,
        service: stream.split('/')[0] ?? '',
        class: 'default',
        stream,
        seq: firstSeq + n,
        trace: randomBytes(16).toString('hex'),
        span: randomBytes(8).toString('hex'),
        rules: 'r1',
      },
      payload.length,
      commitment(salt, payload),
    );
    const carried =
      sealer === undefined
        ? { clear: `${salt.toString('base64url')}.${payload.toString()}` }
        : { sealed: sealer.seal(Buffer.concat([salt, payload]), Buffer.from(line)) };
    return entryRecord(line, parseLeaf(line), carried);
  });
  return { ids, body: encodeLogs(records) };
}
