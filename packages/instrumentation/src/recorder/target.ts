/**
 * What a call is about and what it becomes in the log. Names come from the peer: redacted and capped here, bounded as
 * labels and leaf target to what the server registered (semconv 7.4).
 */
import { actionOfTool, entryKindOf, OTHER } from '@mcp-logbook/semconv/names';
import type { Connection, Exchange } from '../exchange.ts';
import type { Guard } from './guard.ts';
import type { Entered, Target } from './open-call.ts';
import type { Shared } from './shared.ts';
import { read } from './thrown.ts';

/** Longest name or URI that is looked at. */
export const MAX_URI = 1_024;

/** Of methods that are about nothing. */
export const NO_TARGET: Target = {
  tool: undefined,
  prompt: undefined,
  uri: undefined,
  toolLabel: undefined,
  promptLabel: undefined,
  leaf: undefined,
};

/** See the file's header. */
export function targetOf(exchange: Exchange, { guard, scrub }: Shared): Target {
  const { method, params, connection } = exchange;
  switch (method) {
    case 'tools/call': {
      const raw = read(params, 'name');
      const tool = scrub.name(raw);
      const label = isRegistered(connection, 'tool', raw, guard) ? (tool ?? OTHER) : OTHER;
      return { ...NO_TARGET, tool, toolLabel: label, leaf: label };
    }
    case 'prompts/get': {
      const raw = read(params, 'name');
      const prompt = scrub.name(raw);
      const label = isRegistered(connection, 'prompt', raw, guard) ? (prompt ?? OTHER) : OTHER;
      return { ...NO_TARGET, prompt, promptLabel: label, leaf: label };
    }
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
    case 'notifications/resources/updated': {
      const raw = read(params, 'uri');
      if (typeof raw !== 'string') return NO_TARGET;
      const name = guard('record', undefined, () => connection.resourceName(raw));
      return {
        ...NO_TARGET,
        uri: scrub.text(raw, MAX_URI, undefined),
        leaf: scrub.name(name) ?? OTHER,
      };
    }
    case 'logging/setLevel':
      return { ...NO_TARGET, leaf: 'log_level' };
    default:
      return NO_TARGET;
  }
}

/** Kind and action of a request's entry; `undefined` where its method has none. */
export function enteredOf(exchange: Exchange, target: Target, guard: Guard): Entered | undefined {
  const entered = entryKindOf(exchange.method);
  if (entered === undefined || entered.kind !== 'tool.call') return entered;
  const name = read(exchange.params, 'name');
  const registered = typeof name === 'string' && target.leaf !== OTHER;
  const annotations = registered
    ? guard('record', undefined, () => exchange.connection.toolAnnotations(name))
    : undefined;
  return { kind: entered.kind, action: actionOfTool(annotations) };
}

function isRegistered(
  connection: Connection,
  kind: 'tool' | 'prompt',
  name: unknown,
  guard: Guard,
): boolean {
  return (
    typeof name === 'string' &&
    guard('record', false, () => connection.isRegistered(kind, name) === true)
  );
}
