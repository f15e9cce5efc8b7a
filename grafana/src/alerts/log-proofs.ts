/**
 * What shows that a LogQL alert works: log records that must not make it fire, and records that must. promtool cannot test
 * LogQL, so a test pushes them into a real Loki and asks for each rule's expression before, during and after.
 *
 * Minutes count from the begin of a story of two hours. Each story has a subject of its own (a person, an address, a
 * server), because all stories lie in one Loki.
 */

/** Equal records at one moment. */
export interface Burst {
  readonly minute: number;
  readonly count: number;
  /** The label `mcp_logbook_log_class`, which the collector gives. */
  readonly logClass: 'call' | 'auth' | 'config' | 'audit' | 'app';
  readonly service: string;
  /** Attributes of the records as OTLP has them, with dots. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** See the file's header. */
export interface LogProof {
  readonly alert: string;
  /** Label of the answer that names the subject. */
  readonly subject: string;
  /** Must stay silent: the subject is `quiet`. */
  readonly quiet: (subject: string) => readonly Burst[];
  /** Must fire: the subject is `loud`. */
  readonly loud: (subject: string) => readonly Burst[];
  /** Number of the alert when it fires. */
  readonly value: number;
  /** Minutes at which the loud story is looked at. */
  readonly before: number;
  readonly fires: number;
  readonly clears: number;
}

const BEGIN = 20;
/** Two servers, so that "over all servers" is true of the fixtures. */
const SERVICES = ['shop', 'files'] as const;
const WHEN = { before: BEGIN - 1, fires: BEGIN + 2, clears: BEGIN + 90 } as const;

/** `count` records of one subject, half of them on each server. */
function spread(
  count: number,
  logClass: Burst['logClass'],
  attributes: Readonly<Record<string, string>>,
  minute = BEGIN,
): readonly Burst[] {
  const half = Math.floor(count / 2);
  return SERVICES.map((service, index) => ({
    minute,
    count: index === 0 ? half : count - half,
    logClass,
    service,
    attributes,
  }));
}

const person = (id: string): Record<string, string> => ({ 'enduser.pseudo.id': id });
const address = (id: string): Record<string, string> => ({ 'client.address': id });
const refusedToken = { 'mcp_logbook.auth.event': 'bearer_refused' } as const;
const call = (outcome: string): Record<string, string> => ({
  'mcp.method.name': 'tools/call',
  'gen_ai.tool.name': 'search',
  'mcp_logbook.outcome': outcome,
});
const destructive = (id: string, minute: number): Burst => ({
  minute,
  count: 1,
  logClass: 'call',
  service: 'files',
  attributes: {
    ...person(id),
    ...call('success'),
    'gen_ai.tool.name': 'delete_file',
    'mcp_logbook.action': 'delete',
  },
});
const one = (
  service: string,
  logClass: Burst['logClass'],
  attributes: Readonly<Record<string, string>>,
): Burst => ({ minute: BEGIN, count: 1, logClass, service, attributes });

/** All of them. A test asks that every LogQL alert has one. */
export const LOG_PROOFS: readonly LogProof[] = [
  {
    alert: 'FailuresOfOnePerson',
    subject: 'enduser_pseudo_id',
    quiet: (id) => [
      ...spread(20, 'call', { ...person(id), ...call('failure') }),
      ...spread(40, 'call', { ...person(id), ...call('success') }),
    ],
    loud: (id) => [
      ...spread(15, 'call', { ...person(id), ...call('failure') }),
      ...spread(6, 'call', { ...person(id), ...call('denied') }),
    ],
    value: 21,
    ...WHEN,
  },
  {
    alert: 'RequestRateOfOnePerson',
    subject: 'enduser_pseudo_id',
    quiet: (id) => spread(600, 'call', { ...person(id), ...call('success') }),
    loud: (id) => spread(601, 'call', { ...person(id), ...call('success') }),
    value: 601,
    ...WHEN,
  },
  {
    alert: 'RefusedTokensOfAddress',
    subject: 'client_address',
    quiet: (id) => spread(10, 'auth', { ...address(id), ...refusedToken }),
    loud: (id) => spread(11, 'auth', { ...address(id), ...refusedToken }),
    value: 11,
    ...WHEN,
  },
  {
    alert: 'RefusedScopesOfOnePerson',
    subject: 'enduser_pseudo_id',
    quiet: (id) => spread(10, 'auth', { ...person(id), 'mcp_logbook.auth.event': 'scope_refused' }),
    loud: (id) => spread(11, 'auth', { ...person(id), 'mcp_logbook.auth.event': 'scope_refused' }),
    value: 11,
    ...WHEN,
  },
  {
    alert: 'SuccessAfterManyFailures',
    subject: 'client_address',
    // Refusals alone are another alert; so few before a success are an expired token.
    quiet: (id) => [
      ...spread(9, 'auth', { ...address(id), ...refusedToken }, BEGIN - 10),
      ...spread(2, 'call', { ...address(id), ...call('success') }),
    ],
    loud: (id) => [
      ...spread(10, 'auth', { ...address(id), ...refusedToken }, BEGIN - 10),
      ...spread(2, 'call', { ...address(id), ...call('success') }),
    ],
    value: 10,
    ...WHEN,
  },
  {
    alert: 'DestructiveToolFirstUse',
    subject: 'enduser_pseudo_id',
    // The first use of the quiet one lies before the part that is looked at.
    quiet: (id) => [destructive(id, 0), destructive(id, BEGIN)],
    loud: (id) => [destructive(id, BEGIN)],
    value: 1,
    ...WHEN,
  },
  {
    alert: 'ToolDefinitionChanged',
    subject: 'service_name',
    quiet: (id) => [
      one(id, 'config', {
        'mcp_logbook.config.item': 'log_level',
        'mcp_logbook.config.change': 'altered',
      }),
    ],
    loud: (id) => [
      one(id, 'config', {
        'mcp_logbook.config.item': 'tool',
        'mcp_logbook.config.change': 'altered',
        'mcp_logbook.config.name': 'search',
      }),
    ],
    value: 1,
    ...WHEN,
  },
  {
    alert: 'SensitiveResourceRead',
    subject: 'service_name',
    quiet: (id) => [
      one(id, 'call', {
        'mcp.method.name': 'resources/read',
        'mcp.resource.uri': 'file:///srv/docs/environment.md',
      }),
    ],
    loud: (id) => [
      one(id, 'call', {
        'mcp.method.name': 'resources/read',
        'mcp.resource.uri': 'file:///home/ann/.ssh/config',
      }),
    ],
    value: 1,
    ...WHEN,
  },
  {
    alert: 'IntegrityEvent',
    subject: 'service_name',
    quiet: (id) => [one(id, 'audit', { 'mcp_logbook.log.origin': 'shop/0a1b2c3d' })],
    loud: (id) => [
      one(id, 'audit', {
        'mcp_logbook.log.origin': 'shop/0a1b2c3d',
        'mcp_logbook.integrity.check': 'root',
      }),
    ],
    value: 1,
    ...WHEN,
  },
];
