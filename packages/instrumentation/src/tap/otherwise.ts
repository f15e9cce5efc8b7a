/**
 * A process that passes on the messages of another one and records them itself, `mcp-logbook wrap`, says so on `globalThis`:
 * the flag may have reached it by NODE_OPTIONS, and taps would take what it passes on for messages of its own.
 */
const OTHERWISE_RECORDED = Symbol.for('mcp-logbook.wrap');

/** Whether this process records by other means. Asked late: the flag is loaded before the program. */
export function isOtherwiseRecorded(): boolean {
  return OTHERWISE_RECORDED in globalThis;
}
