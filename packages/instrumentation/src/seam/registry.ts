/**
 * What a server registered: tools with their annotations, prompts, resources. Known from the `McpServer` instance when
 * there is one (content hook), else learned from the `*\/list` answers that pass the seam. Decides which names may stand
 * on metrics and in leaves; a name that only a caller chose never does. Bounded at `MAX_LEARNED` names a kind (I10).
 */
import type { ToolAnnotations } from '../exchange.ts';

const MAX_LEARNED = 2_000;

type Kind = 'tool' | 'prompt';

interface McpServerShape {
  readonly server?: object;
  readonly _registeredTools?: Readonly<
    Record<string, { readonly annotations?: ToolAnnotations } | undefined>
  >;
  readonly _registeredPrompts?: Readonly<Record<string, unknown>>;
  readonly _registeredResources?: Readonly<Record<string, { readonly name?: string } | undefined>>;
}

/** `McpServer` instances whose `server` is not assigned yet: the hook runs inside their constructor. */
let unborn: McpServerShape[] = [];
const owners = new WeakMap<object, McpServerShape>();

/** Called by rewritten sources with each new `McpServer`. */
export function adoptMcpServer(instance: unknown): void {
  if (typeof instance !== 'object' || instance === null) return;
  unborn = [...ownersOf(unborn), instance];
}

/** Files those that have their `server` by now; returns the rest, at most 64. */
function ownersOf(servers: readonly McpServerShape[]): McpServerShape[] {
  return servers
    .filter((mcp) => {
      if (typeof mcp.server !== 'object') return true;
      owners.set(mcp.server, mcp);
      return false;
    })
    .slice(-64);
}

/** The `McpServer` around a Protocol instance. */
export function mcpServerOf(protocol: object): object | undefined {
  unborn = ownersOf(unborn);
  return owners.get(protocol);
}

/** What list answers told. */
interface Learned {
  readonly tool: Map<string, ToolAnnotations>;
  readonly prompt: Map<string, ToolAnnotations>;
  readonly resources: Map<string, string>;
  /** Whether a full list was seen: only then is an unlisted name known to be unregistered. */
  readonly listed: { tool: boolean; prompt: boolean };
}

const MAX_SERVERS = 64;
/** By server name: a stateless server is a new object for each request, and its lists are the same. */
const remembered = new Map<string, Learned>();

function learnedOf(server: string | undefined): Learned {
  const known = server === undefined ? undefined : remembered.get(server);
  if (known !== undefined) return known;
  const fresh: Learned = {
    tool: new Map(),
    prompt: new Map(),
    resources: new Map(),
    listed: { tool: false, prompt: false },
  };
  if (server !== undefined && remembered.size < MAX_SERVERS) remembered.set(server, fresh);
  return fresh;
}

/** Names registered behind one connection. */
export class Registry {
  readonly #protocol: object;
  readonly #learned: Learned;

  /** `server` = name of the server that this process is; without it nothing is shared with other connections. */
  constructor(protocol: object, server: string | undefined) {
    this.#protocol = protocol;
    this.#learned = learnedOf(server);
  }

  isRegistered(kind: Kind, name: string): boolean | undefined {
    const known = this.#known(kind);
    if (known !== undefined) return Object.hasOwn(known, name);
    if (this.#learned[kind].has(name)) return true;
    return this.#learned.listed[kind] ? false : undefined;
  }

  toolAnnotations(name: string): ToolAnnotations | undefined {
    const tools = this.#owner()?._registeredTools;
    if (tools !== undefined && Object.hasOwn(tools, name)) return tools[name]?.annotations;
    return this.#learned.tool.get(name);
  }

  resourceName(uri: string): string | undefined {
    const resources = this.#owner()?._registeredResources;
    if (resources !== undefined && Object.hasOwn(resources, uri)) return resources[uri]?.name;
    return this.#learned.resources.get(uri);
  }

  /** Learns from the result of a list request. */
  learn(method: string, result: unknown): void {
    if (method === 'tools/list') this.#learnNames('tool', itemsOf(result, 'tools'), isLast(result));
    else if (method === 'prompts/list')
      this.#learnNames('prompt', itemsOf(result, 'prompts'), isLast(result));
    else if (method === 'resources/list')
      for (const item of itemsOf(result, 'resources'))
        if (
          typeof item.uri === 'string' &&
          typeof item.name === 'string' &&
          this.#learned.resources.size < MAX_LEARNED
        )
          this.#learned.resources.set(item.uri, item.name);
  }

  #learnNames(kind: Kind, items: readonly Record<string, unknown>[], last: boolean): void {
    const learned = this.#learned[kind];
    for (const item of items)
      if (typeof item.name === 'string' && learned.size < MAX_LEARNED)
        learned.set(item.name, annotationsOf(item.annotations));
    if (last && learned.size < MAX_LEARNED) this.#learned.listed[kind] = true;
  }

  #known(kind: Kind): Readonly<Record<string, unknown>> | undefined {
    const owner = this.#owner();
    const known = kind === 'tool' ? owner?._registeredTools : owner?._registeredPrompts;
    return known !== undefined && Object.keys(known).length > 0 ? known : undefined;
  }

  #owner(): McpServerShape | undefined {
    return mcpServerOf(this.#protocol);
  }
}

function annotationsOf(value: unknown): ToolAnnotations {
  const { readOnlyHint, destructiveHint } = (value ?? {}) as Record<string, unknown>;
  return {
    ...(typeof readOnlyHint === 'boolean' && { readOnlyHint }),
    ...(typeof destructiveHint === 'boolean' && { destructiveHint }),
  };
}

function itemsOf(result: unknown, key: string): readonly Record<string, unknown>[] {
  const items =
    typeof result === 'object' && result !== null
      ? (result as Record<string, unknown>)[key]
      : undefined;
  return Array.isArray(items)
    ? items.filter((item) => typeof item === 'object' && item !== null)
    : [];
}

/** Whether no further page follows. */
function isLast(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  return (result as { nextCursor?: unknown }).nextCursor === undefined;
}
