/** An instrument of the metrics API for one of our names: the same in a program's own SDK and in the export worker. */
import type { Meter } from '@opentelemetry/api';
import { INSTRUMENTS } from './instruments.ts';
import type { MetricName } from './instruments.ts';
import type { Labels } from './record.ts';

/** Records one point. */
export type RecordPoint = (value: number, labels: Labels) => void;

/** Creates the instrument with its unit, description and bucket boundaries. */
export function createInstrument(meter: Meter, metric: MetricName): RecordPoint {
  const { type, unit, description, boundaries } = INSTRUMENTS[metric];
  const options = {
    unit,
    description,
    ...(boundaries !== undefined && { advice: { explicitBucketBoundaries: [...boundaries] } }),
  };
  switch (type) {
    case 'histogram': {
      const histogram = meter.createHistogram(metric, options);
      return (value, labels) => histogram.record(value, labels);
    }
    case 'counter': {
      const counter = meter.createCounter(metric, options);
      return (value, labels) => counter.add(value, labels);
    }
    case 'updowncounter': {
      const counter = meter.createUpDownCounter(metric, options);
      return (value, labels) => counter.add(value, labels);
    }
    case 'gauge': {
      const gauge = meter.createGauge(metric, options);
      return (value, labels) => gauge.record(value, labels);
    }
  }
}
