/**
 * What the agents ask each server, by weight: mostly good calls, and enough of every trouble that no panel of a
 * dashboard stays empty on a few hundred calls.
 */
import { join } from 'node:path';
import type { Random } from './random.ts';
import type { ServerKey, TrafficPlan } from './plan.ts';

/** How a request is made. */
export interface Asking {
  readonly method: string;
  /** Ask for progress. */
  readonly progress?: true;
  /** The client changes its mind after this time. */
  readonly cancelAfterMs?: number;
  /** The client waits no longer. */
  readonly timeoutMs?: number;
}

/** One thing to ask. */
export interface Action extends Asking {
  readonly weight: number;
  readonly params: (random: Random, plan: TrafficPlan) => Record<string, unknown>;
}

const WORDS = ['anvil', 'kettle', 'lantern', 'harbour', 'quarter', 'north'] as const;

const tool = (
  weight: number,
  name: string,
  args: (random: Random, plan: TrafficPlan) => Record<string, unknown> = () => ({}),
  more: Pick<Action, 'progress' | 'cancelAfterMs' | 'timeoutMs'> = {},
): Action => ({
  weight,
  method: 'tools/call',
  params: (random, plan) => ({ name, arguments: args(random, plan) }),
  ...more,
});

const ask = (weight: number, method: string, params: Record<string, unknown> = {}): Action => ({
  weight,
  method,
  params: () => params,
});

const note = (random: Random, plan: TrafficPlan): string =>
  join(plan.work, `note-${random.between(0, 19)}.txt`);

/** As a careless agent would send them: JSON within a text. */
const careless = ({ secrets }: TrafficPlan, user: string): string =>
  JSON.stringify({
    user,
    password: secrets.password,
    api_token: secrets.token,
    card_number: secrets.card,
  });

/** By server. */
export const ACTIONS: Readonly<Record<ServerKey, readonly Action[]>> = {
  everything: [
    tool(30, 'echo', (random) => ({ message: `${random.pick(WORDS)} ${random.between(1, 99)}` })),
    tool(20, 'get-sum', (random) => ({ a: random.between(1, 99), b: random.between(1, 99) })),
    tool(4, 'get-sum', () => ({ a: 'two', b: 'three' })),
    tool(6, 'echo', (_, plan) => ({ message: careless(plan, 'ada') })),
    tool(5, 'get-structured-content', () => ({ location: 'New York' })),
    tool(3, 'get-tiny-image'),
    tool(3, 'trigger-sampling-request', () => ({ prompt: 'Why keep a logbook?', maxTokens: 20 })),
    tool(2, 'trigger-long-running-operation', () => ({ duration: 0.4, steps: 2 }), {
      progress: true,
    }),
    tool(2, 'no-such-tool'),
    ask(5, 'prompts/get', { name: 'simple-prompt' }),
    ask(1, 'prompts/get', { name: 'no-such-prompt' }),
    ask(5, 'resources/read', { uri: 'demo://resource/dynamic/text/7' }),
    ask(1, 'resources/read', { uri: 'demo://nowhere' }),
    ask(1, 'logging/setLevel', { level: 'error' }),
    ask(2, 'tools/list'),
    ask(2, 'ping'),
  ],
  filesystem: [
    tool(30, 'read_text_file', (random, plan) => ({ path: note(random, plan) })),
    tool(15, 'write_file', (random, plan) => ({
      path: note(random, plan),
      content: random.pick(WORDS).repeat(random.between(1, 200)),
    })),
    tool(5, 'write_file', (random, plan) => ({
      path: note(random, plan),
      content: careless(plan, 'grace'),
    })),
    tool(8, 'list_directory', (_, plan) => ({ path: plan.work })),
    tool(4, 'search_files', (_, plan) => ({ path: plan.work, pattern: '*7*' })),
    tool(6, 'read_text_file', (_, plan) => ({ path: plan.forbidden })),
    ask(1, 'tools/list'),
  ],
  memory: [
    tool(15, 'read_graph'),
    tool(12, 'create_entities', (random) => ({
      entities: [
        { name: random.pick(WORDS), entityType: 'thing', observations: ['was mentioned'] },
      ],
    })),
    tool(10, 'search_nodes', (random) => ({ query: random.pick(WORDS) })),
    tool(4, 'delete_entities', (random) => ({ entityNames: [random.pick(WORDS)] })),
    tool(3, 'add_observations', () => ({
      observations: [{ entityName: 'nobody', contents: ['x'] }],
    })),
    ask(1, 'tools/list'),
  ],
  shop: [
    tool(30, 'check_stock', (random) => ({ item: random.pick(WORDS) })),
    tool(15, 'place_order', (random) => ({
      item: random.pick(WORDS),
      count: random.between(1, 9),
    })),
    tool(5, 'cancel_order', (random) => ({ order: `order-${random.between(1, 999)}` })),
    tool(3, 'place_order', (random) => ({ item: random.pick(WORDS), count: -1 })),
    tool(3, 'check_stock', (_, plan) => ({ item: careless(plan, 'linus') })),
    ask(2, 'tools/list'),
  ],
  reports: [
    ask(2, 'tools/list'),
    tool(20, 'run_report', (random) => ({ name: 'sales', waitMs: random.between(5, 80) })),
    tool(2, 'run_report', (random) => ({ name: 'year', waitMs: random.between(600, 1_800) }), {
      progress: true,
    }),
    tool(2, 'run_report', () => ({ name: 'year', waitMs: 3_000 }), { cancelAfterMs: 120 }),
    tool(1, 'run_report', () => ({ name: 'year', waitMs: 3_000 }), { timeoutMs: 250 }),
    tool(4, 'export_rows', (random) => ({ rows: random.between(10, 400) })),
    tool(1, 'export_rows', () => ({ rows: 5_000 })),
    tool(6, 'refresh_cache', () => ({ source: 'orders' })),
    tool(4, 'refresh_cache', () => ({ source: 'archive' })),
    tool(3, 'drop_report', (random) => ({ name: `draft-${random.between(1, 99)}` })),
    tool(2, 'drop_report', () => ({ name: 'missing' })),
    tool(2, 'summarise', () => ({ name: 'sales' })),
    ask(3, 'resources/read', { uri: 'report://latest' }),
    ask(2, 'prompts/get', { name: 'explain', arguments: { name: 'sales' } }),
    ask(1, 'no/such/method'),
  ],
};
