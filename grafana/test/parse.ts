/** Parses a query with the grammar of its language; error nodes are failures. */
import { parser as logql } from '@grafana/lezer-logql';
import { parser as traceql } from '@grafana/lezer-traceql';
import type { LRParser } from '@lezer/lr';
import { parser as promql } from '@prometheus-io/lezer-promql';
import type { Query } from '../src/panels/model.ts';

const PARSERS: Readonly<Record<Query['source'], LRParser>> = {
  prometheus: promql,
  loki: logql,
  tempo: traceql,
};

/** Where the grammar gave up, as `...text` from there; empty for a good query. */
export function faultsOf(source: Query['source'], text: string): readonly string[] {
  const faults: string[] = [];
  PARSERS[source].parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) {
        faults.push(`at ${node.from}: ...${text.slice(node.from, node.from + 40)}`);
      }
    },
  });
  return faults;
}

/** Names of the series that a PromQL query selects. */
export function seriesIn(text: string): readonly string[] {
  const names = new Set<string>();
  promql.parse(text).iterate({
    enter: (node) => {
      if (node.name !== 'VectorSelector') return;
      const name = node.node.getChild('Identifier');
      if (name !== null) names.add(text.slice(name.from, name.to));
    },
  });
  return [...names];
}
