/**
 * What the traffic maker tells its agents, and what is kept of each thing they did.
 */
import type { Secrets, Shopper } from '../plan.ts';

/** The five servers, by their `service.name` without `demo-`. */
export type ServerKey = 'everything' | 'filesystem' | 'memory' | 'shop' | 'reports';

/** Bounds and seed of a run. */
export interface Bounds {
  /** Calls to make; undefined = until the time is up or the run is told to stop. */
  readonly calls: number | undefined;
  readonly seconds: number | undefined;
  /** Calls a second; 0 = as fast as the servers answer. */
  readonly rate: number;
  readonly seed: number;
}

/** Sent to the agents over IPC: it holds tokens and secrets. */
export interface TrafficPlan {
  readonly bounds: Bounds;
  readonly registerFile: string;
  readonly programs: Readonly<Record<'everything' | 'filesystem' | 'memory', string>>;
  /** Base URLs of the servers that are reached by HTTP. */
  readonly urls: Readonly<Record<'shop' | 'reports', string>>;
  /** Folder the file server may work in, and a file outside of it. */
  readonly work: string;
  readonly forbidden: string;
  readonly people: readonly Shopper[];
  readonly wrongToken: string;
  readonly secrets: Secrets;
  /** Environment of the servers the agents start. */
  readonly env: Readonly<Record<string, string>>;
  /** File for one `Note` a line; undefined = none. */
  readonly record: string | undefined;
}

/** How a request ended, as the client saw it. */
export type Outcome =
  | 'success'
  | 'tool_error'
  | 'protocol_error'
  | 'cancelled'
  | 'timeout'
  /** HTTP 401 or 403 before any MCP message was handled. */
  | 'refused'
  /** The connection ended under the call. */
  | 'lost';

/** One line of the record: one request. JSON, one a line, in order of ending. */
export interface Note {
  readonly atMs: number;
  /** `service.name` of the server. */
  readonly server: string;
  readonly client: string;
  readonly clientVersion: string;
  /** Name behind the token; absent on stdio. */
  readonly person?: string;
  readonly method: string;
  /** Tool, prompt or URI. */
  readonly target?: string;
  /** Who asked whom; a server asks its client for a completion. */
  readonly direction: 'to_server' | 'to_client';
  /** 32 hex digits; absent when the request carried no trace context. */
  readonly traceId?: string;
  readonly outcome: Outcome;
  /** HTTP status of a refusal. */
  readonly status?: number;
  readonly ms: number;
}

/** What the agents answer at their end. */
export interface TrafficReport {
  readonly calls: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}
