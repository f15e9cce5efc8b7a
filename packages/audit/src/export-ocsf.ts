/**
 * Entries as OCSF 1.9 events, one JSON object a line. Classes, enums and what must be there: github.com/ocsf/ocsf-schema,
 * version 1.9.0-dev at commit a5cfc68e (July 2026), the newest that could be read.
 *
 * Logins, logouts, failed logins, tokens and client registrations are Authentication (3002); everything else is API
 * Activity (6003): `read` 2, `write` 3, `delete` 4, `add` 1, and 99 with the action's own name. `type_uid` = class * 100 +
 * activity. Denied and allowed go to `action_id` (profile security_control). `metadata.uid` and `.original_event_uid` are
 * the entry's id, so what is sent twice can be told; `raw_data` is the leaf line, whose RFC 6962 hash is in the tree. What
 * OCSF has no place for is in `unmapped`. Deprecated attributes (`actor.invoked_by`, `actor.app_name`) are not used.
 */
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { type Leaf, parseTime } from './leaf.ts';
import type { QueryRow } from './query.ts';

type Fields = Readonly<Record<string, unknown>>;

const API = { uid: 6003, name: 'API Activity', category: 6, group: 'Application Activity' };
const AUTH = {
  uid: 3002,
  name: 'Authentication',
  category: 3,
  group: 'Identity & Access Management',
};

/** Activities of API Activity, by the entry's action. */
const CRUD: Readonly<Record<string, readonly [number, string]>> = {
  create: [1, 'Create'],
  add: [1, 'Create'],
  read: [2, 'Read'],
  export: [2, 'Read'],
  write: [3, 'Update'],
  set: [3, 'Update'],
  alter: [3, 'Update'],
  rotate: [3, 'Update'],
  delete: [4, 'Delete'],
  remove: [4, 'Delete'],
};
/** Activities of Authentication, by the entry's kind. The others of the class are Kerberos' own. */
const LOGON: Readonly<Record<string, readonly [number, string]>> = {
  'auth.login': [1, 'Logon'],
  'auth.failure': [1, 'Logon'],
  'auth.logout': [2, 'Logoff'],
};
const STATUS = {
  success: [1, 'Success'],
  failure: [2, 'Failure'],
  denied: [2, 'Failure'],
  unknown: [0, 'Unknown'],
} as const;
/** Methods, for entries whose payload is not opened. */
const METHODS: Readonly<Record<string, string>> = {
  'tool.call': 'tools/call',
  'resource.read': 'resources/read',
  'prompt.get': 'prompts/get',
  sampling: 'sampling/createMessage',
  elicitation: 'elicitation/create',
};
/** What a log says of itself that somebody should look at: severity Medium. */
const ALARMING =
  /^(?:log\.recovered|producer\.gap|id\.conflict|record\.quarantined|clock\.stepped)$/;
/** Kinds that come from a program's traffic or from its own `record`; the rest is the log's doing. */
const OF_CALLERS =
  /^(?:tool|resource|prompt|auth|authz|data|session)\.|^(?:sampling|elicitation|config\.changed)$/;
/** Members of a payload that have a place of their own. */
const PLACED = new Set(['person', 'method', 'requestId', 'request', 'result', 'peer', 'session']);

/** One event, with its line break. */
export function ocsfLine(row: QueryRow): string {
  const { leaf } = row;
  const payload: Fields = Object(row.payload);
  const isAuth = leaf.kind.startsWith('auth.');
  const kind = isAuth ? AUTH : API;
  const known = isAuth ? LOGON[leaf.kind] : CRUD[leaf.action];
  const [activity, activityName] = known ?? [99, leaf.action === '' ? leaf.kind : leaf.action];
  const [statusId, status] = STATUS[leaf.outcome];
  const decided = leaf.outcome === 'denied' || leaf.kind.startsWith('authz.');
  const allowed = leaf.outcome === 'success' ? 1 : 2;
  const ended = Math.floor(parseTime(leaf.time) / 1000);
  const user = userOf(leaf, payload);
  const traced = !isAuth && leaf.trace !== undefined;
  const profiles = [...(decided ? ['security_control'] : []), ...(traced ? ['trace'] : [])];
  const service = { name: leaf.service, uid: leaf.stream };
  const error: Fields = Object(payload['error']);
  return `${JSON.stringify({
    time: ended,
    category_uid: kind.category,
    category_name: kind.group,
    class_uid: kind.uid,
    class_name: kind.name,
    activity_id: activity,
    activity_name: activityName,
    type_uid: kind.uid * 100 + activity,
    type_name: `${kind.name}: ${activity === 99 ? 'Other' : activityName}`,
    ...severityOf(leaf),
    status_id: statusId,
    status,
    status_code: leaf.error,
    status_detail: leaf.outcome === 'denied' ? 'denied' : textOf(error['message']),
    ...(decided && { action_id: allowed, action: allowed === 1 ? 'Allowed' : 'Denied' }),
    message: `${leaf.kind}${leaf.target === undefined ? '' : ` ${leaf.target}`}: ${leaf.outcome}`,
    metadata: {
      version: '1.9.0',
      product: { name: 'mcp-logbook', vendor_name: 'mcp-logbook', version: productVersion() },
      uid: leaf.id,
      original_event_uid: leaf.id,
      original_time: leaf.time,
      event_code: leaf.kind,
      log_name: row.origin,
      sequence: leaf.seq,
      ...(profiles.length > 0 && { profiles }),
    },
    ...(isAuth
      ? {
          user,
          service,
          auth_protocol_id: 6,
          auth_protocol: 'OAUTH 2.0',
          session: sessionOf(payload),
        }
      : {
          api: apiOf(leaf, payload, service, error),
          resources: leaf.target === undefined ? undefined : [resourceOf(leaf, payload)],
        }),
    actor: { user, session: sessionOf(payload) },
    src_endpoint: sourceOf(payload),
    ...(traced && { trace: traceOf(leaf, ended) }),
    raw_data: JSON.stringify({ leaf }),
    unmapped: {
      index: row.index,
      sealed: row.sealed,
      action: leaf.action,
      outcome: leaf.outcome,
      class: leaf.class,
      side: leaf.side,
      phase: leaf.phase,
      ref: leaf.ref,
      duration_us: leaf.us,
      ...(isAuth && { trace: leaf.trace, span: leaf.span }),
      payload: restOf(payload),
    },
  })}\n`;
}

function severityOf({ kind, outcome }: Leaf): Fields {
  if (ALARMING.test(kind)) return { severity_id: 3, severity: 'Medium' };
  return outcome === 'failure' || outcome === 'denied'
    ? { severity_id: 2, severity: 'Low' }
    : { severity_id: 1, severity: 'Informational' };
}

/** The person as far as the payload was opened, else the pseudonym; the log itself for its own entries. */
function userOf(leaf: Leaf, payload: Fields): Fields {
  const person = textOf(payload['person']);
  if (person !== undefined) return { uid: person, uid_alt: leaf.actor, type_id: 1, type: 'User' };
  if (leaf.actor !== undefined && leaf.actor !== 'anonymous')
    return { uid: leaf.actor, type_id: 1, type: 'User' };
  if (leaf.actor === undefined && !OF_CALLERS.test(leaf.kind))
    return { name: leaf.service, type_id: 3, type: 'System' };
  return { name: leaf.actor ?? 'unknown', type_id: 0, type: 'Unknown' };
}

function apiOf(leaf: Leaf, payload: Fields, service: Fields, error: Fields): Fields {
  const { requestId } = payload;
  const code = error['code'];
  const response = {
    code: Number.isSafeInteger(code) ? code : undefined,
    error: leaf.error,
    error_message: textOf(error['message']),
    data: payload['result'],
  };
  const hasResponse = Object.values(response).some((value) => value !== undefined);
  return {
    operation: textOf(payload['method']) ?? METHODS[leaf.kind] ?? leaf.kind,
    service,
    request: {
      uid: typeof requestId === 'number' ? String(requestId) : (textOf(requestId) ?? leaf.id),
      data: payload['request'],
    },
    ...(hasResponse && { response }),
  };
}

function resourceOf(leaf: Leaf, payload: Fields): Fields {
  return {
    name: leaf.target,
    uid: textOf(payload['uri']),
    type: leaf.kind,
    role_id: 1,
    role: 'Target',
  };
}

/** Where the request came from. The class demands it: over stdio there is no address, and sealed it is not shown. */
function sourceOf(payload: Fields): Fields {
  const peer: Fields = Object(payload['peer']);
  const address = textOf(peer['address']);
  const name = textOf(Object(payload['client']).name);
  const ip = address !== undefined && isIP(address) !== 0 ? address : undefined;
  const port = Number.isSafeInteger(peer['port']) ? peer['port'] : undefined;
  return { ip, port, name: name ?? (ip === undefined ? (address ?? 'unknown') : undefined) };
}

function sessionOf(payload: Fields): Fields | undefined {
  const uid = textOf(payload['session']);
  return uid === undefined ? undefined : { uid };
}

/** A span of the schema has a beginning and an end; a leaf's time is the end. */
function traceOf(leaf: Leaf, endMs: number): Fields {
  const span = leaf.span !== undefined && leaf.us !== undefined;
  const startMs = Math.floor((parseTime(leaf.time) - (leaf.us ?? 0)) / 1000);
  return {
    uid: leaf.trace,
    ...(span && { span: { uid: leaf.span, start_time: startMs, end_time: endMs } }),
  };
}

function restOf(payload: Fields): Fields | undefined {
  const rest = Object.entries(payload).filter(([name]) => !PLACED.has(name));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

let version: string | undefined;

function productVersion(): string {
  const require = createRequire(import.meta.url);
  version ??= (require('#package.json') as { version: string }).version;
  return version;
}
