/**
 * Entries of servers that are instrumented by others: each MCP SERVER span of `/v1/traces` whose method is
 * entered at all becomes one (audit.md 5).
 *
 * Kind and action are those of its method (semconv 7.4). Nothing of a span proves who
 * made it, so no person is taken from it: the entry is sealed for the system subject. Id: UUID v7 of the span's start,
 * its other bits from SHA-256 of trace || span, so the same span is the same entry whenever it is sent.
 */
import { entryKindOf, OTHER } from '@mcp-logbook/semconv';
import { countOf, type AuditEntry } from '../../entry.ts';
import { sha256 } from '../../hash.ts';
import { uuidV7 } from '../../id.ts';
import type { WireSpan } from '../types.ts';

/** A name as tools have it; anything else may be an argument in disguise and stays in the payload. */
const PLAIN_NAME = /^[\w./:-]{1,128}$/;
const ERROR_TYPE = /^[\w./:-]{1,64}$/;
const TARGETS = ['gen_ai.tool.name', 'gen_ai.prompt.name'] as const;

/** The entry of one span; undefined for methods that are telemetry only (`ping`, lists: semconv 7.4). */
export function spanEntry(span: WireSpan): AuditEntry | undefined {
  const { trace, attributes } = span;
  const known = entryKindOf(attributes.get('mcp.method.name') ?? '');
  if (known === undefined) return undefined;
  const timeMicros = countOf(Number(span.startUnixNano / 1000n));
  const name = TARGETS.map((key) => attributes.get(key)).find((value) => value !== undefined);
  const errorType = attributes.get('error.type');
  const error = errorType !== undefined && ERROR_TYPE.test(errorType) ? errorType : undefined;
  const id = sha256(Buffer.from(`${trace}${span.span}`, 'hex'));
  return {
    id: uuidV7(timeMicros / 1000, id),
    timeMicros,
    kind: known.kind,
    action: known.action,
    outcome: span.isError || errorType !== undefined ? 'failure' : 'success',
    ...(name === undefined ? {} : { target: PLAIN_NAME.test(name) ? name : OTHER }),
    side: 'server',
    durationMicros: countOf(Number((span.endUnixNano - span.startUnixNano) / 1000n)),
    ...(error === undefined ? {} : { error }),
    trace,
    span: span.span,
    service: span.service,
    payload: JSON.stringify({ source: 'span', attributes: Object.fromEntries(attributes) }),
  };
}
