/** What a recorder is made of. Everything that reads the environment, opens files or starts threads is outside. */
import type { Redactor } from '@mcp-logbook/redaction';
import type { AuditPort } from '../ports.ts';
import type { Side } from '../exchange.ts';
import type { TelemetryBackend } from '../telemetry/backend.ts';
import type { CaptureRule } from './capture.ts';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';

/** Options of `createRecorder`. */
export interface RecorderOptions {
  readonly backend: TelemetryBackend;
  readonly redactor: Redactor;
  /** The logbook; absent or mode `off` = telemetry only. */
  readonly audit?: AuditPort;
  /** Which roles' calls are entered and have events; default `server`. */
  readonly sides?: Side | 'both';
  /** What the log keeps; default `full`. */
  readonly capture?: readonly CaptureRule[];
  /** What spans and events carry; default `none`. */
  readonly captureSpans?: readonly CaptureRule[];
  /** People in telemetry; default `pseudonym`. */
  readonly identity?: 'pseudonym' | 'plain' | 'none';
  /** Fleet pseudonym of `iss|sub`; without it telemetry names nobody in mode `pseudonym`. */
  readonly pseudonym?: (person: string) => string;
  /** One line for stderr. */
  readonly warn?: (line: string) => void;
  readonly clock?: Clock;
  readonly ids?: Ids;
}
