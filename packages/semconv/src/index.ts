/** Every public name of `@mcp-logbook/semconv`: the names, listed one by one in `names.ts`, and the checks. */
export * from './names.ts';
export {
  checkSpan,
  checkEvent,
  checkMetric,
  type CheckedSpan,
  type CheckedEvent,
  type CheckedMetric,
} from './check.ts';
