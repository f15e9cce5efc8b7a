import { describe, expect, it } from 'vitest';
import { encodeLeaf, parseLeaf, type Leaf } from '../../src/leaf.ts';
import { decodeLogs } from '../../src/otlp/decode.ts';
import { checkpointRecord, encodeLogs, entryRecord } from '../../src/otlp/encode.ts';
import { LogsRequest } from './schema.ts';

const LEAF: Leaf = parseLeaf(
  encodeLeaf(
    {
      v: 1,
      id: '019aaaaa-0000-7000-8000-000000000001',
      time: '2026-11-26T05:00:00.123456Z',
      kind: 'tool.call',
      action: 'execute',
      outcome: 'success',
      target: 'größe',
      service: 'shop',
      class: 'default',
      stream: 'shop/0a1b2c3d',
      seq: 4_294_967_301,
      trace: '0af7651916cd43dd8448eb211c80319c',
      span: 'b7ad6b7169203331',
    },
    2,
    'A'.repeat(43),
  ),
);
const LINE = encodeLeaf(LEAF, LEAF.size, LEAF.pc);

describe('encodeLogs', () => {
  it('writes the wire form of an entry as another implementation reads it', () => {
    const carried = { pseudonym: 'p_aaaabbbbccccdddd', sealed: 'enc.0.ct', clear: 'salt.{}' };
    const bytes = encodeLogs([entryRecord(LINE, LEAF, carried)]);
    const request: unknown = LogsRequest.toObject(LogsRequest.decode(bytes), {
      longs: String,
      bytes: String,
    });
    const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
    expect(request).toEqual({
      resourceLogs: [
        {
          resource: { attributes: [text('service.name', 'shop')] },
          scopeLogs: [
            {
              scope: { name: '@mcp-logbook/audit' },
              logRecords: [
                {
                  timeUnixNano: '1795669200123456000',
                  eventName: 'mcp_logbook.audit',
                  body: { stringValue: LINE },
                  traceId: Buffer.from(LEAF.trace ?? '', 'hex').toString('base64'),
                  spanId: Buffer.from(LEAF.span ?? '', 'hex').toString('base64'),
                  attributes: [
                    text('audit.record.id', LEAF.id),
                    text('audit.action', 'execute'),
                    text('audit.outcome', 'success'),
                    { key: 'audit.sequence.number', value: { intValue: '4294967301' } },
                    text('mcp_logbook.kind', 'tool.call'),
                    text('mcp_logbook.class', 'default'),
                    text('mcp_logbook.log.origin', 'shop/0a1b2c3d'),
                    text('audit.target.id', 'größe'),
                    text('enduser.pseudo.id', 'p_aaaabbbbccccdddd'),
                    text('mcp_logbook.payload.sealed', 'enc.0.ct'),
                    text('mcp_logbook.payload', 'salt.{}'),
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('is read back by our decoder in order, for 0, 1 and many records of several services', () => {
    for (const count of [0, 1, 2, 5_000]) {
      const records = Array.from({ length: count }, (_, n) => {
        const note = `log ${n}\n${'x'.repeat(n % 300)}\n`;
        return n % 7 === 3
          ? checkpointRecord(note, 'shop/0a1b2c3d', 'shop', BigInt(n))
          : entryRecord(LINE, { ...LEAF, service: n % 100 < 50 ? 'shop' : 'other' }, {});
      });
      const read = decodeLogs(encodeLogs(records), 'proto');
      expect(read.map(({ body }) => body)).toEqual(records.map(({ body }) => body));
      expect(read.map(({ kind }) => kind)).toEqual(
        records.map((_, n) => (n % 7 === 3 ? 'checkpoint.observed' : 'tool.call')),
      );
    }
  });
});
