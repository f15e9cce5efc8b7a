/** A trace as a tree of lines: one line a span, children under their parent in order of start, with durations. */
import { ATTR_ERROR_TYPE } from '@mcp-logbook/semconv';
import { type SeenSpan, shown } from './otlp.ts';
import type { Palette } from './screen.ts';

const NAME_WIDTH = 48;

/** Lines of one trace. A span whose parent was never received stands at the top, marked `?`. */
export function traceTree(spans: readonly SeenSpan[], palette: Palette): string[] {
  const known = new Set(spans.map((span) => span.spanId));
  const ordered = spans.toSorted((a, b) => Number(a.startNanos - b.startNanos));
  const lines: string[] = [];
  const add = (span: SeenSpan, indent: string, branch: string): void => {
    lines.push(lineOf(span, `${indent}${branch}`, palette));
    const children = ordered.filter((child) => child.parentSpanId === span.spanId);
    const next =
      branch === '' ? '' : `${indent}${branch.startsWith('\u251c') ? '\u2502  ' : '   '}`;
    children.forEach((child, index) => {
      add(child, next, index === children.length - 1 ? '\u2514\u2500 ' : '\u251c\u2500 ');
    });
  };
  for (const span of ordered.filter((one) => !known.has(one.parentSpanId))) {
    add(span, '', span.parentSpanId === '' ? '' : '? ');
  }
  return lines;
}

/** How deep the tree of a trace is: 1 for spans without children. */
export function depthOf(spans: readonly SeenSpan[]): number {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return Math.max(
    0,
    ...spans.map((span) => {
      let depth = 1;
      let parent = byId.get(span.parentSpanId);
      while (parent !== undefined && depth <= spans.length) {
        depth += 1;
        parent = byId.get(parent.parentSpanId);
      }
      return depth;
    }),
  );
}

function lineOf(span: SeenSpan, prefix: string, palette: Palette): string {
  const plain = `${prefix}${span.name}`;
  const milliseconds = (Number(span.endNanos - span.startNanos) / 1e6).toFixed(2).padStart(8);
  const error = span.attributes.get(ATTR_ERROR_TYPE);
  const fill = ' '.repeat(Math.max(1, NAME_WIDTH - plain.length));
  const kind = span.kind.toUpperCase().padEnd(7);
  return (
    `${palette.dim(prefix)}${palette.name(span.name)}${fill}${kind}${milliseconds} ms  ` +
    `${palette.dim(span.service)}${error === undefined ? '' : palette.bad(`  error.type=${shown(error)}`)}`
  );
}
