/**
 * Kinds of logbook entries (audit.md 1) and what each MCP method becomes (design/semconv 7.4).
 */

/** Kinds a program's traffic makes. */
export type CallKind =
  | 'tool.call'
  | 'resource.read'
  | 'prompt.get'
  | 'sampling'
  | 'elicitation'
  | 'auth.login'
  | 'auth.failure'
  | 'auth.token.issued'
  | 'auth.token.refreshed'
  | 'auth.token.revoked'
  | 'auth.token.refused'
  | 'auth.client.registered'
  | 'auth.logout'
  | 'authz.granted'
  | 'authz.denied'
  | 'data.access'
  | 'config.changed'
  | 'session.opened'
  | 'session.closed';

/** Kinds the log makes about itself; they name pseudonyms, never people. */
export type ControlKind =
  | 'log.genesis'
  | 'log.started'
  | 'log.stopped'
  | 'log.recovered'
  | 'log.exported'
  | 'key.rotated'
  | 'segment.closed'
  | 'archive.made'
  | 'retention.expired'
  | 'erasure.requested'
  | 'erasure.denied'
  | 'erasure.completed'
  | 'hold.set'
  | 'hold.lifted'
  | 'clock.stepped'
  | 'producer.gap'
  | 'id.conflict'
  | 'checkpoint.observed'
  | 'record.quarantined';

/** Every kind an entry can have. */
export type EntryKind = CallKind | ControlKind;

/** Outcome of an entry. A tool's `isError` is `failure`; a refusal by authorization is `denied`. */
export type EntryOutcome = 'success' | 'failure' | 'denied' | 'unknown';

/** Stands for a name that a peer chose and nobody registered. */
export const OTHER = '_OTHER';

/** Methods that become entries, with the kind and the default action of each. */
const ENTERED: ReadonlyMap<string, { readonly kind: CallKind; readonly action: string }> = new Map([
  ['tools/call', { kind: 'tool.call', action: 'execute' }],
  ['resources/read', { kind: 'resource.read', action: 'read' }],
  ['resources/subscribe', { kind: 'resource.read', action: 'read' }],
  ['prompts/get', { kind: 'prompt.get', action: 'read' }],
  ['sampling/createMessage', { kind: 'sampling', action: 'execute' }],
  ['elicitation/create', { kind: 'elicitation', action: 'execute' }],
  ['logging/setLevel', { kind: 'config.changed', action: 'set' }],
]);

/**
 * What a request becomes in the logbook; `undefined` = telemetry only (`ping`, lists, completion, notifications).
 * A tool's annotations may change the action: see `actionOfTool`.
 */
export function entryKindOf(
  method: string,
): { readonly kind: CallKind; readonly action: string } | undefined {
  return ENTERED.get(method);
}

/** Action of a tool call from its annotations: read-only, destructive, both false, or none at all. */
export function actionOfTool(
  annotations: { readonly readOnlyHint?: boolean; readonly destructiveHint?: boolean } | undefined,
): 'read' | 'delete' | 'write' | 'execute' {
  if (annotations === undefined) return 'execute';
  if (annotations.readOnlyHint === true) return 'read';
  if (annotations.destructiveHint === true) return 'delete';
  if (annotations.readOnlyHint === false && annotations.destructiveHint === false) return 'write';
  return 'execute';
}

/** Methods on the wire in the revisions up to 2026-07-28; any other is `_OTHER` on metrics. */
export const MCP_METHODS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'completion/complete',
  'elicitation/create',
  'logging/setLevel',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'roots/list',
  'sampling/createMessage',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tools/call',
  'tools/list',
  'notifications/cancelled',
  'notifications/elicitation/complete',
  'notifications/initialized',
  'notifications/message',
  'notifications/progress',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/roots/list_changed',
  'notifications/subscriptions/acknowledged',
  'notifications/tasks/status',
  'notifications/tools/list_changed',
]);
