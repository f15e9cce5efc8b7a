/** The alerts, as values and as files. */
import type { GeneratedFile } from '../outputs.ts';
import { alerts } from './catalogue.ts';
import { grafanaFile } from './grafana-file.ts';
import type { Pace } from './model.ts';
import { ruleFiles } from './rule-files.ts';
import { ruleTestFiles } from './rule-tests.ts';

export { alerts, uidOf } from './catalogue.ts';
export { LOG_PROOFS, type Burst } from './log-proofs.ts';
export { conditionOf } from './rule-files.ts';
export type { Alert, Pace } from './model.ts';

/** All files; with `pace: 'test'` the same expressions with short windows. */
export function alertFiles(
  { pace }: { readonly pace: Pace } = { pace: 'production' },
): readonly GeneratedFile[] {
  const all = alerts(pace);
  return [
    grafanaFile(all, pace),
    ...ruleFiles(all, pace),
    ...(pace === 'production' ? ruleTestFiles(all) : []),
  ];
}
