/** Public names of `@mcp-logbook/instrumentation/recorder`: the funnel between adapters, logbook and telemetry. */
import type { RecorderPort } from '../ports.ts';
import type { RecorderOptions } from './options.ts';
import { Recorder } from './recorder.ts';

/** Makes the recorder of this process. */
export function createRecorder(options: RecorderOptions): RecorderPort {
  return new Recorder(options);
}

export type { RecorderOptions } from './options.ts';
export type { CaptureLevel, CaptureRule } from './capture.ts';
export { createIds } from './ids.ts';
export type { Ids } from './ids.ts';
export { createClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { createLogTelemetry } from './log-observer.ts';
export type { LogTelemetry } from './log-observer.ts';
