/**
 * Prometheus text of what the metrics SDK has counted, under the names that Prometheus itself gives to the same metrics
 * when they come by OTLP: unit suffixes (`_seconds`, `_bytes`), which the JavaScript exporter leaves out, and the
 * resource attributes that are promoted to labels.
 */
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Units that OTLP translation spells out at the end of a name that does not say them yet; those in braces it does not. */
const UNIT_WORDS: ReadonlyMap<string, string> = new Map([
  ['s', 'seconds'],
  ['By', 'bytes'],
]);

/** As `promote_resource_attributes` of our Prometheus configuration. */
const PROMOTED = /^(?:service\.(?:name|namespace|version)|deployment\.environment\.name)$/;

/** A reader that is asked. */
export type PullReader = PrometheusExporter;

/** The exporter without its server: the sink has one already. */
export function pullReader(): PullReader {
  return new PrometheusExporter({ preventServerStart: true });
}

/** What `/metrics` answers, text format 0.0.4. */
export async function prometheusText(reader: PullReader): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  const serializer = new PrometheusSerializer(undefined, false, PROMOTED, true, true);
  return serializer.serialize(withUnits(resourceMetrics));
}

function withUnits(collected: ResourceMetrics): ResourceMetrics {
  return {
    ...collected,
    scopeMetrics: collected.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => {
        const { name, unit } = metric.descriptor;
        const word = UNIT_WORDS.get(unit);
        const said = word === undefined || name.split(/[._]/).includes(word);
        const descriptor = {
          ...metric.descriptor,
          name: said ? name : `${name}_${word}`,
          unit: '',
        };
        return { ...metric, descriptor };
      }),
    })),
  };
}
