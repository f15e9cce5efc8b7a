/** The seam for adapters that have a connection's messages without an SDK: `mcp-logbook wrap`. */
export { Wire } from './wire.ts';
export { metaOf, TOO_LONG, UNAVAILABLE } from './message.ts';
export type { Message, Transport } from './message.ts';
