/**
 * What redaction costs, against `JSON.stringify` of the same value. By hand:
 * `node packages/redaction/test/redact.bench.ts` (Node 24, an idle machine).
 */
import { createRedactor, createSecretMemory } from '../src/index.ts';

const started = performance.now();
const redactor = createRedactor();
redactor.redactText('first text');
process.stdout.write(`tables built in ${(performance.now() - started).toFixed(1)} ms\n`);

const prose =
  'The server read 12 files from the folder and found nothing that needs a change today. ';
const PAYLOADS: Readonly<Record<string, unknown>> = {
  'arguments 215 B': {
    name: 'search_files',
    arguments: {
      path: '/home/someone/project/src',
      pattern: '**/*.ts',
      limit: 50,
      excludePatterns: ['node_modules', 'dist'],
    },
    _meta: {
      progressToken: 7,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  },
  'result 182 B': {
    content: [
      {
        type: 'text',
        text: '/home/someone/project/src/a.ts\n/home/someone/project/src/b.ts\n/home/someone/project/src/deep/c.ts\n',
      },
    ],
    isError: false,
  },
  'result with one token': {
    content: [{ type: 'text', text: `token is gh${'p_'}${'aB3'.repeat(12)} for you` }],
  },
  'arguments with a password': {
    name: 'login',
    arguments: { user: 'someone', password: `hunter${'22'}` },
  },
  'prose 2 KB': { content: [{ type: 'text', text: prose.repeat(24) }] },
  'prose 40 KB': { content: [{ type: 'text', text: prose.repeat(480) }] },
  'rows 20 KB': {
    structuredContent: {
      rows: Array.from({ length: 200 }, (_, id) => ({
        id,
        name: `item ${id}`,
        created_at: '2026-11-26T00:00:00Z',
        tags: ['a', 'b'],
        url: `https://x.example/items/${id}`,
      })),
    },
  },
  'JSON text 20 KB': {
    content: [
      {
        type: 'text',
        text: JSON.stringify(
          Array.from({ length: 200 }, (_, id) => ({
            id,
            name: `item ${id}`,
            created_at: '2026-11-26T00:00:00Z',
            tags: ['a', 'b'],
          })),
        ),
      },
    ],
  },
};

/** Best of 7 rounds, in microseconds a call: the machine's noise only adds. */
function cost(run: () => unknown, rounds: number): number {
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const begin = performance.now();
    for (let i = 0; i < rounds; i++) run();
    best = Math.min(best, performance.now() - begin);
  }
  return (best * 1_000) / rounds;
}

for (const [name, value] of Object.entries(PAYLOADS)) {
  const kilobytes = JSON.stringify(value).length / 1_024;
  const rounds = Math.max(50, Math.round(8_000 / Math.max(1, kilobytes * 2)));
  const stringify = cost(() => JSON.stringify(value), rounds);
  const json = cost(() => redactor.redactToJson(value), rounds);
  const call = cost(
    () => redactor.redactToJson(value, { direction: 'request', secrets: createSecretMemory() }),
    rounds,
  );
  process.stdout.write(
    `${name.padEnd(26)} ${(kilobytes * 1_024).toFixed(0).padStart(6)} B  stringify ${stringify.toFixed(2)} us  redactToJson ${json.toFixed(2)} us ` +
      `(${call.toFixed(2)} with memory)  ${(json / kilobytes).toFixed(2)} us/KB  ${(json / stringify).toFixed(1)}x\n`,
  );
}
