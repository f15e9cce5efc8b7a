/** Public names of `@mcp-logbook/instrumentation/telemetry`: what a telemetry back end is made of. */
export type { OpenSpan, TelemetryBackend } from './backend.ts';
export type {
  AttributeMap,
  AttributeValue,
  AuthRecord,
  CallRecord,
  CallStart,
  CheckpointRecord,
  ConfigRecord,
  ConnectionView,
  EventData,
  IntegrityRecord,
  Labels,
  RuleCount,
  SessionRecord,
} from './record.ts';
export { spanAttributes, spanName, startAttributes } from './attributes.ts';
export {
  authEvent,
  callEvent,
  checkpointEvent,
  configEvent,
  exceptionEvent,
  integrityEvent,
  sessionEvent,
} from './events.ts';
export { activeLabels, authPoints, callPoints, configPoints, sessionPoints } from './points.ts';
export type { PointSink } from './points.ts';
export { createInstrument } from './create-instrument.ts';
export type { RecordPoint } from './create-instrument.ts';
export { INSTRUMENTS, SCOPE_NAME, SCOPE_VERSION } from './instruments.ts';
export type { InstrumentDefinition, InstrumentType, MetricName } from './instruments.ts';
export {
  formatTraceparent,
  isValidBaggage,
  isValidTracestate,
  parseTraceparent,
} from '../context.ts';
export type { TraceParent } from '../context.ts';
