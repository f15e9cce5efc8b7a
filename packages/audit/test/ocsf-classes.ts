/**
 * What OCSF says of the two classes that are exported, copied by hand from github.com/ocsf/ocsf-schema at commit a5cfc68e
 * (version.json: 1.9.0-dev, July 2026): events/base_event.json, events/application/{application,api_activity}.json,
 * events/iam/{iam,authentication}.json, objects/{metadata,product,actor,user,api,request,service,network_endpoint,
 * resource_details,trace,span,session}.json, profiles/{trace,security_control}.json, dictionary.json. Only what is
 * required, the "at least one of" constraints, and the enums and attribute names of what is used.
 */
interface Shape {
  readonly required?: readonly string[];
  readonly oneOf?: readonly string[];
  /** Every attribute that is used may have a shape; others must be in `plain`. */
  readonly objects?: Readonly<Record<string, Shape>>;
  readonly plain?: readonly string[];
  readonly enums?: Readonly<Record<string, readonly number[]>>;
}

const USER: Shape = {
  oneOf: ['account', 'name', 'uid'],
  plain: ['name', 'uid', 'uid_alt', 'type'],
  enums: { type_id: [0, 1, 2, 3, 4, 99] },
};
const SESSION: Shape = { plain: ['uid'] };
const SERVICE: Shape = { oneOf: ['name', 'uid'], plain: ['name', 'uid'] };
const ACTOR: Shape = {
  oneOf: ['process', 'user', 'iam_role', 'invoked_by', 'session', 'app_name', 'app_uid'],
  objects: { user: USER, session: SESSION },
};
const ENDPOINT: Shape = {
  oneOf: ['ip', 'uid', 'name', 'hostname', 'svc_name', 'instance_uid', 'interface_uid', 'domain'],
  plain: ['ip', 'name', 'port'],
};
const METADATA: Shape = {
  required: ['product', 'version'],
  objects: { product: { oneOf: ['name', 'uid'], plain: ['name', 'vendor_name', 'version'] } },
  plain: [
    'version',
    'uid',
    'original_event_uid',
    'original_time',
    'event_code',
    'log_name',
    'sequence',
    'profiles',
  ],
};
const BASE_REQUIRED = [
  'activity_id',
  'category_uid',
  'class_uid',
  'metadata',
  'severity_id',
  'time',
  'type_uid',
];
const BASE_PLAIN = [
  'time',
  'category_uid',
  'category_name',
  'class_uid',
  'class_name',
  'activity_name',
  'type_uid',
  'type_name',
  'severity',
  'status',
  'status_code',
  'status_detail',
  'message',
  'raw_data',
  'unmapped',
  'action',
];
const BASE_ENUMS = {
  severity_id: [0, 1, 2, 3, 4, 5, 6, 99],
  status_id: [0, 1, 2, 99],
  // Profile security_control.
  action_id: [0, 1, 2, 3, 4, 99],
};

/** By class_uid. */
export const CLASSES: Readonly<Record<number, Shape & { readonly category: number }>> = {
  6003: {
    category: 6,
    required: [...BASE_REQUIRED, 'actor', 'api', 'src_endpoint'],
    enums: { ...BASE_ENUMS, activity_id: [0, 1, 2, 3, 4, 99] },
    plain: BASE_PLAIN,
    objects: {
      metadata: METADATA,
      actor: ACTOR,
      src_endpoint: ENDPOINT,
      api: {
        required: ['operation'],
        plain: ['operation'],
        objects: {
          service: SERVICE,
          request: { required: ['uid'], plain: ['uid', 'data'] },
          response: { plain: ['code', 'error', 'error_message', 'data'] },
        },
      },
      resources: {
        oneOf: ['name', 'uid'],
        plain: ['name', 'uid', 'type', 'role'],
        enums: { role_id: [0, 1, 2, 3, 4, 99] },
      },
      trace: {
        required: ['uid'],
        plain: ['uid'],
        objects: {
          span: {
            required: ['end_time', 'start_time', 'uid'],
            plain: ['end_time', 'start_time', 'uid'],
          },
        },
      },
    },
  },
  3002: {
    category: 3,
    required: [...BASE_REQUIRED, 'user'],
    oneOf: ['service', 'dst_endpoint'],
    enums: {
      ...BASE_ENUMS,
      activity_id: [0, 1, 2, 3, 4, 5, 6, 7, 99],
      auth_protocol_id: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99],
    },
    plain: [...BASE_PLAIN, 'auth_protocol'],
    objects: {
      metadata: METADATA,
      actor: ACTOR,
      user: USER,
      session: SESSION,
      service: SERVICE,
      src_endpoint: ENDPOINT,
    },
  },
};

/** Captions of what must match its id; of 99 the source's own word stands. */
export const CAPTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  status: { 0: 'Unknown', 1: 'Success', 2: 'Failure' },
  severity: { 1: 'Informational', 2: 'Low', 3: 'Medium' },
  action: { 1: 'Allowed', 2: 'Denied' },
};

/** What is wrong with an event: sentences. */
export function faultsOf(event: Readonly<Record<string, unknown>>): string[] {
  const shape = CLASSES[Number(event['class_uid'])];
  if (shape === undefined) return [`class_uid ${String(event['class_uid'])}`];
  const faults = shapeFaults(event, shape, '');
  if (event['category_uid'] !== shape.category) faults.push('category_uid');
  if (event['type_uid'] !== Number(event['class_uid']) * 100 + Number(event['activity_id']))
    faults.push('type_uid');
  if (!Number.isSafeInteger(event['time'])) faults.push('time');
  if (event['activity_id'] === 99 && typeof event['activity_name'] !== 'string')
    faults.push('activity_name of 99');
  for (const [name, captions] of Object.entries(CAPTIONS)) {
    const id = event[`${name}_id`];
    if (id !== undefined && event[name] !== captions[Number(id)]) faults.push(`caption ${name}`);
  }
  return faults;
}

function shapeFaults(value: unknown, shape: Shape, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => shapeFaults(item, shape, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [`${path}: no object`];
  const { required = [], oneOf = [], objects = {}, plain = [], enums = {} } = shape;
  const fields = value as Readonly<Record<string, unknown>>;
  return [
    ...required
      .filter((name) => fields[name] === undefined)
      .map((name) => `${path}.${name}: missing`),
    ...(oneOf.length > 0 && oneOf.every((name) => fields[name] === undefined)
      ? [`${path}: none of ${oneOf.join(', ')}`]
      : []),
    ...Object.entries(fields).flatMap(([name, member]) => {
      const inner = objects[name];
      if (inner !== undefined) return shapeFaults(member, inner, `${path}.${name}`);
      const allowed = enums[name];
      if (allowed !== undefined)
        return allowed.includes(Number(member)) && typeof member === 'number'
          ? []
          : [`${path}.${name}: ${String(member)}`];
      return plain.includes(name) ? [] : [`${path}.${name}: unknown attribute`];
    }),
  ];
}
