/**
 * Nothing of ours ever throws into the watched program: each step of the recorder runs through one guard, which counts
 * the fault and warns once per step (I8).
 */
import { METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS } from '@mcp-logbook/semconv/names';
import { ATTR_MCP_LOGBOOK_REASON, ATTR_MCP_LOGBOOK_SIGNAL } from '@mcp-logbook/semconv/names';
import type { TelemetryBackend } from '../telemetry/backend.ts';

/** Steps that can fail, each on its own. */
export type Step = 'redaction' | 'traces' | 'log' | 'session' | 'auth' | 'record';

/** Runs a step: the value of `fn`, or `fallback` when it threw. */
export type Guard = <T>(step: Step, fallback: T, fn: () => T) => T;

/** A guard that reports through the back end and one line per step. */
export function createGuard(backend: TelemetryBackend, warn: (line: string) => void): Guard {
  const warned = new Set<Step>();
  function report(step: Step, error: unknown): void {
    try {
      backend.measure(METRIC_MCP_LOGBOOK_TELEMETRY_ERRORS, 1, {
        [ATTR_MCP_LOGBOOK_SIGNAL]: step,
        [ATTR_MCP_LOGBOOK_REASON]: 'exception',
      });
      if (warned.has(step)) return;
      warned.add(step);
      // The class name only: a message may quote the program's data (I5).
      warn(
        `a fault in our own ${step} step was caught (${classOf(error)}); the program is not affected`,
      );
    } catch {
      // Reporting is the last resort; there is nowhere left to report to.
    }
  }
  return (step, fallback, fn) => {
    try {
      return fn();
    } catch (error) {
      report(step, error);
      return fallback;
    }
  };
}

function classOf(error: unknown): string {
  return error instanceof TypeError
    ? 'TypeError'
    : error instanceof RangeError
      ? 'RangeError'
      : error instanceof Error
        ? 'Error'
        : typeof error;
}
