/**
 * Bounds of one OTLP body, so that a small one cannot become a large heap. A body beyond them is malformed; the sink
 * quarantines it. Ours are 1,024 records; a collector's are at most some ten thousand.
 */

/** Records or spans in one body. */
export const MAX_RECORDS = 100_000;
/** Attributes of one span or resource; OpenTelemetry's own limit is 128. */
export const MAX_ATTRIBUTES = 1024;
/** Braces, brackets and commas of a JSON body outside of texts: what its parsed form costs. */
export const MAX_JSON_TOKENS = 8_000_000;
/** Depth of a JSON body; OTLP's own is about 12 and values may nest. */
export const MAX_JSON_DEPTH = 64;
