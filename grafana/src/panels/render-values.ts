/** Colours, limits and mappings of values. */
import {
  MappingType,
  SpecialValueMatch,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Mapping, Step } from './model.ts';

/** Steps for a panel's builder. */
export function thresholds(steps: readonly Step[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from ?? null, color })));
}

/** One mapping as Grafana stores it. */
export function mappingValue({ value, text, color }: Mapping): ValueMapping {
  const result = { text, color };
  return value === 'null+nan'
    ? {
        type: MappingType.SpecialValue,
        options: { match: SpecialValueMatch.NullAndNan, result },
      }
    : { type: MappingType.ValueToText, options: { [value]: result } };
}
