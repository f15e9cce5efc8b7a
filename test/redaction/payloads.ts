/**
 * The payloads that cost is measured on: what MCP servers send, 123 bytes to 98 kB of JSON. Most hold nothing secret,
 * some a few secrets, as in real traffic.
 */
import { corpus } from './corpus.ts';
import { TOOL_SCENES } from './scenario-tools.ts';
import { Random } from './random.ts';

/** Bytes of JSON the generated payloads aim at: the spread of sizes in MCP traffic. */
const SIZES = [
  150, 250, 400, 700, 1_000, 1_500, 2_500, 4_000, 6_000, 10_000, 16_000, 25_000, 40_000, 60_000,
  96_000,
];

/** Grows text until its JSON has `size` bytes. */
function grow(size: number, piece: (i: number) => string): string {
  let text = '';
  for (let i = 0; text.length < size; i++) text += piece(i);
  return text.slice(0, size);
}

type Shape = (random: Random, size: number) => unknown;

const result = (text: string): unknown => ({ content: [{ type: 'text', text }], isError: false });

const SHAPES: Readonly<Record<string, Shape>> = {
  prose: (r, size) => result(grow(size, () => `${sentence(r)} `)),
  'source code': (r, size) =>
    result(
      grow(size, (i) => {
        const [a, b] = [r.word(), r.word()];
        return `export function ${a}${i}(${b}: string, count = ${r.int(99)}): number {\n  const ${a} = ${b}.length * count;\n  // ${sentence(r)}\n  if (${a} > ${r.int(99)}) return ${a};\n  return this.${b}.get('${a}') ?? 0;\n}\n\n`;
      }),
    ),
  'file tree': (r, size) =>
    result(grow(size, (i) => `${'  '.repeat(i % 4)}├── ${r.word()}-${r.word()}.ts\n`)),
  log: (r, size) =>
    result(
      grow(
        size,
        () =>
          `${r.time()} INFO [${r.word()}] ${r.words(4)} id=${r.fill('{x12}')} took ${r.int(900)}ms status=${r.pick(['200', '404', '500'])}\n`,
      ),
    ),
  'rows as JSON text': (r, size) =>
    result(
      JSON.stringify(
        Array.from({ length: Math.ceil(size / 160) }, (_, i) => row(r, i)),
        null,
        2,
      ).slice(0, size),
    ),
  'structured rows': (r, size) => ({
    structuredContent: { rows: Array.from({ length: Math.ceil(size / 120) }, (_, i) => row(r, i)) },
  }),
  'issue list': (r, size) => ({
    content: Array.from({ length: Math.ceil(size / 420) }, (_, i) => ({
      type: 'text',
      text: JSON.stringify({
        number: i,
        node_id: `I_kwDO${r.fill('{m10}')}`,
        title: r.words(6),
        body: `${sentence(r)} ${sentence(r)}`,
        url: `https://${r.host()}/issues/${i}`,
        created_at: r.time(),
        labels: [r.word()],
      }),
    })),
  }),
  'page snapshot': (r, size) =>
    result(
      grow(
        size,
        (i) =>
          `- ${r.pick(['button', 'link', 'heading', 'textbox', 'cell'])} "${r.words(2)}" [ref=e${i}]\n  - /url: /${r.word()}/${r.word()}\n`,
      ),
    ),
  'tool list': (r, size) => ({
    tools: Array.from({ length: Math.ceil(size / 500) }, (_, i) => ({
      name: `${r.word()}_${r.word()}_${i}`,
      description: `${sentence(r)} ${sentence(r)}`,
      inputSchema: {
        type: 'object',
        properties: {
          path: { type: 'string', description: sentence(r) },
          limit: { type: 'integer', default: 10 },
          token: { type: 'string', description: 'Page token' },
        },
        required: ['path'],
      },
    })),
  }),
  arguments: (r, size) => ({
    name: r.word(),
    arguments: {
      path: `/srv/${r.word()}/${r.word()}.ts`,
      content: grow(size, () => `${sentence(r)}\n`),
      overwrite: true,
    },
    _meta: { progressToken: r.int(99) },
  }),
};

function sentence(r: Random): string {
  const text = r.words(r.between(5, 12));
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function row(r: Random, i: number): object {
  return {
    id: i,
    name: r.words(2),
    region: r.pick(['eu', 'us']),
    total: r.int(1e6) / 100,
    created: r.time(),
    sku: r.fill('{A3}-{d6}'),
    ref: r.uuid(),
  };
}

/** All payloads of a seed: every shape at every size, and the small cases of the corpus with secrets in them. */
export function payloads(seed: number): unknown[] {
  const list: unknown[] = [];
  for (const [name, make] of Object.entries(SHAPES)) {
    const random = new Random(seed, `payloads/${name}`);
    for (const size of SIZES)
      list.push(make(random, Math.round(size * (0.8 + random.int(40) / 100))));
  }
  for (const one of corpus(seed, ['scenario'])) {
    // The aims were set on the mix without them.
    if (one.kind in TOOL_SCENES) continue;
    if (one.kind.length % 3 === 0) list.push(...one.steps.map((step) => step.value));
  }
  return list;
}
