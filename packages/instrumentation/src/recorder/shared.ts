/** What the parts of a recorder have in common. */
import type { AuditPort } from '../ports.ts';
import type { TelemetryBackend } from '../telemetry/backend.ts';
import type { Clock } from './clock.ts';
import type { Guard } from './guard.ts';
import type { Ids } from './ids.ts';
import type { Scrubber } from './scrub.ts';

/** See the file's header. */
export interface Shared {
  readonly backend: TelemetryBackend;
  readonly audit: AuditPort | undefined;
  readonly scrub: Scrubber;
  readonly guard: Guard;
  readonly now: Clock;
  readonly ids: Ids;
}
