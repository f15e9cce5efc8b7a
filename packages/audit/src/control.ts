/**
 * Entries that a log makes itself: about its own life, and in a central log about what arrives there. They name
 * pseudonyms, never people.
 */
import { hostname } from 'node:os';
import type { AuditEntry, LogMode } from './entry.ts';
import { uuidV7 } from './id.ts';
import type { LeafOutcome } from './leaf.ts';

export interface ControlEntry {
  readonly kind: string;
  readonly action: string;
  /** Default `success`. */
  readonly outcome?: LeafOutcome;
  readonly target?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The entry of a moment, Unix microseconds. */
export function controlEntry(control: ControlEntry, timeMicros: number): AuditEntry {
  const { kind, action, outcome = 'success', target, payload } = control;
  return {
    id: uuidV7(timeMicros / 1000),
    timeMicros,
    kind,
    action,
    outcome,
    ...(target === undefined ? {} : { target }),
    payload: JSON.stringify(payload),
  };
}

/** Payload of a `log.started` entry. */
export function startPayload(mode: LogMode): Readonly<Record<string, unknown>> {
  return { mode, pid: process.pid, host: hostname(), node: process.version };
}
