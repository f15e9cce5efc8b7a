/**
 * What the way to the central log costs per record: sealing, encoding, decoding, opening. By hand:
 * `node --conditions=@mcp-logbook/source packages/audit/test/otlp/wire.bench.ts` (Node 24, an idle machine).
 */
import { generateKeyPairSync } from 'node:crypto';
import { Opener, PAYLOAD_INFO, recipientOf, Sealer } from '../../src/hpke.ts';
import { encodeLeaf, parseLeaf } from '../../src/leaf.ts';
import { decodeLogs } from '../../src/otlp/decode.ts';
import { encodeLogs, entryRecord } from '../../src/otlp/encode.ts';
import type { WireRecord } from '../../src/sink/types.ts';

const BATCH = 1_000;
const ROUNDS = 20;

const { privateKey } = generateKeyPairSync('x25519');
const recipient = recipientOf(privateKey);
const plain = Buffer.alloc(516, 'p');
const line = encodeLeaf(
  {
    v: 1,
    id: '019aaaaa-0000-7000-8000-000000000001',
    time: '2026-11-26T05:00:00.123456Z',
    kind: 'tool.call',
    action: 'execute',
    outcome: 'success',
    target: 'search_files',
    side: 'server',
    us: 1234,
    service: 'shop',
    actor: 'a_aaaabbbbccccdddd',
    class: 'default',
    stream: 'shop/0a1b2c3d',
    seq: 123456,
    trace: '0af7651916cd43dd8448eb211c80319c',
    span: 'b7ad6b7169203331',
  },
  500,
  'A'.repeat(43),
);
const lineBytes = Buffer.from(line);
const leaf = parseLeaf(line);

let sealed: string[] = [];
measure('seal, one context a batch', () => {
  const sealer = new Sealer(recipient, PAYLOAD_INFO);
  sealed = Array.from({ length: BATCH }, () => sealer.seal(plain, lineBytes));
});
let body = Buffer.alloc(0);
measure('encode', () => {
  body = encodeLogs(sealed.map((text) => entryRecord(line, leaf, { sealed: text })));
});
measure('decode protobuf', () => void decodeLogs(body, 'proto'));
const json = Buffer.from(
  JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: decodeLogs(body, 'proto').map(jsonRecord) }] }],
  }),
);
measure('decode JSON', () => void decodeLogs(json, 'json'));
measure('open', () => {
  const opener = new Opener(privateKey, PAYLOAD_INFO);
  for (const text of sealed) opener.open(text, lineBytes);
});
process.stdout.write(`${body.length / BATCH} bytes a record\n`);

function jsonRecord({ body: text, sealed: value, timeUnixNano }: WireRecord): object {
  return {
    timeUnixNano: String(timeUnixNano),
    body: { stringValue: text },
    attributes: [{ key: 'mcp_logbook.payload.sealed', value: { stringValue: value } }],
  };
}

function measure(name: string, run: () => void): void {
  run();
  const times = Array.from({ length: ROUNDS }, () => {
    const started = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / BATCH;
  }).toSorted((a, b) => a - b);
  process.stdout.write(`${name}: ${times[ROUNDS / 2]?.toFixed(2)} us CPU a record (median)\n`);
}
