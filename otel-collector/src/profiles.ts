/**
 * Which layers form which profile. A profile is one collector process; its file under `profiles/` is generated.
 *
 * Order matters twice: extensions start and the file reads in this order, and where two layers set one value, the later
 * one wins (`compose.ts`).
 */

/** One collector process. */
export interface Profile {
  readonly name: string;
  /** What it is for, one sentence: the first line of its file. */
  readonly purpose: string;
  readonly layers: readonly string[];
}

/** Everything that stands between senders and the stores, without the audit port. */
const TELEMETRY = [
  'base',
  'limits',
  'intake',
  'sink',
  'stray-audit',
  'audit-copy',
  'logs',
  'loki',
  'traces',
  'metrics',
  'prometheus',
] as const;

/** The audit port alone, with the copy for Loki. */
const AUDIT = ['base', 'limits', 'sink', 'audit', 'audit-copy', 'loki'] as const;

const TLS = ['tls-intake', 'tls-stray-audit'] as const;

/** All profiles. */
export const PROFILES: readonly Profile[] = [
  {
    name: 'default',
    purpose: 'one collector for everything: traces, metrics, log records and the audit port',
    layers: [...TELEMETRY, 'audit'],
  },
  {
    name: 'default-sampling',
    purpose: 'default, with tail sampling of traces',
    layers: [...TELEMETRY, 'audit', 'sampling'],
  },
  {
    name: 'hardened',
    purpose: 'telemetry over TLS; the audit port is in a second process, hardened-audit',
    layers: [...TELEMETRY, ...TLS],
  },
  {
    name: 'hardened-sampling',
    purpose: 'hardened, with tail sampling of traces',
    layers: [...TELEMETRY, ...TLS, 'sampling'],
  },
  {
    name: 'hardened-audit',
    purpose: 'the audit port alone, with client certificates: trouble of telemetry cannot reach it',
    layers: [...AUDIT, 'tls-audit'],
  },
  {
    name: 'agent',
    purpose: 'beside one server: redacts, keeps audit records on disk, sends all to a gateway',
    layers: ['base', 'limits', 'intake', 'sink', 'audit', 'audit-copy', 'gateway', 'agent', 'self'],
  },
  {
    name: 'filelogs',
    purpose: 'reads stdout and stderr of containers from disk and sends the lines to a gateway',
    layers: ['base', 'limits', 'gateway', 'filelogs', 'self'],
  },
];
