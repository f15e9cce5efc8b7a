/**
 * Queries as a store gets them: Grafana's own variables and the dashboards' replaced, as Grafana does before it sends.
 * For tests and scripts that ask the stores without Grafana.
 */
import type { VariableName } from './model.ts';

/** What stands for the variables. Durations in seconds. */
export interface Filling {
  readonly range: number;
  readonly step: number;
  readonly variables?: Partial<Readonly<Record<VariableName, string>>>;
}

/** Rates need two points at least: Grafana takes four times the interval at which points come. */
const RATE_WINDOWS = 4;

/** `expr` without variables. A variable that is not given is `.*`. */
export function fillIn(expr: string, { range, step, variables = {} }: Filling): string {
  const own: Readonly<Record<string, string>> = {
    __rate_interval: `${Math.max(step * RATE_WINDOWS, 60)}s`,
    __range: `${range}s`,
    __interval: `${step}s`,
    __auto: `${step}s`,
  };
  return expr.replaceAll(
    /\$(?:\{([a-z_]+)\}|([a-z_]+))/g,
    (_whole, braced: string | undefined, plain: string | undefined) => {
      const name = braced ?? plain ?? '';
      return own[name] ?? variables[name as VariableName] ?? '.*';
    },
  );
}
