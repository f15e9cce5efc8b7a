/** The seam for adapters that have a connection's messages without an SDK: `mcp-logbook wrap`. */
export { Wire } from './wire.ts';
export type { Transport } from './message.ts';
