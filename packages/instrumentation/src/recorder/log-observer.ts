/**
 * What the log tells of itself, as metrics and events: the shape of `LogbookObserver`, declared here again because this
 * package does not know the log (arrows point down only).
 */
import {
  ATTR_MCP_LOGBOOK_KIND,
  ATTR_MCP_LOGBOOK_LOG_ORIGIN,
  ATTR_MCP_LOGBOOK_MODE,
  ATTR_MCP_LOGBOOK_OUTCOME,
  ATTR_MCP_LOGBOOK_REASON,
  METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION,
  METRIC_MCP_LOGBOOK_LOG_BYTES,
  METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE,
  METRIC_MCP_LOGBOOK_LOG_DROPPED,
  METRIC_MCP_LOGBOOK_LOG_ENTRIES,
  METRIC_MCP_LOGBOOK_LOG_SIZE,
  METRIC_MCP_LOGBOOK_VERIFY_AGE,
  METRIC_MCP_LOGBOOK_VERIFY_FAILURES,
} from '@mcp-logbook/semconv/names';
import type { TelemetryBackend } from '../telemetry/backend.ts';
import type { IntegrityRecord, Labels } from '../telemetry/record.ts';

/** Structurally a `LogbookObserver` without `problem`, and what the verification of a running log tells. */
export interface LogTelemetry {
  appended(kind: string, outcome: string, seconds: number, mode: string): void;
  dropped(reason: string): void;
  checkpoint(note: string, size: number, origin: string): void;
  state(size: number, bytes: number, checkpointAgeSeconds: number): void;
  /**
   * A look at the log ended.
   * @param ageSeconds since it was last found as signed; 0 = now
   * @param failures of this look
   */
  verified(origin: string, ageSeconds: number, failures: number): void;
  /** The log is not what was signed; told once for each place. */
  integrity(problem: Omit<IntegrityRecord, 'timeMicros'>): void;
}

/**
 * Feeds a back end from a log.
 * @param origin the log's origin, once it is open: label of its gauges
 */
export function createLogTelemetry(
  backend: TelemetryBackend,
  origin: () => string | undefined,
): LogTelemetry {
  // Same labels, same object: a back end may recognise a series by it.
  const entryLabels = new Map<string, Labels>();
  const modeLabels = new Map<string, Labels>();
  let seenOrigin: string | undefined;
  return {
    appended(kind, outcome, seconds, mode) {
      const key = `${kind} ${outcome}`;
      let labels = entryLabels.get(key);
      if (labels === undefined) {
        labels = { [ATTR_MCP_LOGBOOK_KIND]: kind, [ATTR_MCP_LOGBOOK_OUTCOME]: outcome };
        entryLabels.set(key, labels);
      }
      backend.measure(METRIC_MCP_LOGBOOK_LOG_ENTRIES, 1, labels);
      let ofMode = modeLabels.get(mode);
      if (ofMode === undefined) {
        ofMode = { [ATTR_MCP_LOGBOOK_MODE]: mode };
        modeLabels.set(mode, ofMode);
      }
      backend.measure(METRIC_MCP_LOGBOOK_LOG_APPEND_DURATION, seconds, ofMode);
    },
    dropped(reason) {
      backend.measure(METRIC_MCP_LOGBOOK_LOG_DROPPED, 1, { [ATTR_MCP_LOGBOOK_REASON]: reason });
    },
    checkpoint(note, size, of) {
      seenOrigin = of;
      backend.checkpoint({ note, size, origin: of, timeMicros: Date.now() * 1000 });
    },
    state(size, bytes, checkpointAgeSeconds) {
      const of = origin() ?? seenOrigin;
      if (of === undefined) return;
      const labels = { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: of };
      backend.measure(METRIC_MCP_LOGBOOK_LOG_SIZE, size, labels);
      backend.measure(METRIC_MCP_LOGBOOK_LOG_BYTES, bytes, labels);
      backend.measure(METRIC_MCP_LOGBOOK_LOG_CHECKPOINT_AGE, checkpointAgeSeconds, labels);
    },
    verified(of, ageSeconds, failures) {
      const labels = { [ATTR_MCP_LOGBOOK_LOG_ORIGIN]: of };
      backend.measure(METRIC_MCP_LOGBOOK_VERIFY_AGE, ageSeconds, labels);
      // 0 from the first look on, so that the first failure is an increase.
      backend.measure(METRIC_MCP_LOGBOOK_VERIFY_FAILURES, failures, labels);
    },
    integrity(problem) {
      backend.integrity({ ...problem, timeMicros: Date.now() * 1000 });
    },
  };
}
