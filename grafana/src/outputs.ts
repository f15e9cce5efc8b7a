/**
 * Everything this package generates, as texts. Pure: the same source gives the same bytes, so a test compares them with
 * what is committed.
 */
import { alertFiles } from './alerts/index.ts';
import { dashboardFiles } from './dashboards/index.ts';
import { dataSourceFiles } from './datasources/index.ts';

/** One generated file. */
export interface GeneratedFile {
  /** Relative to `grafana/`, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** All generated files, no path twice. */
export function outputs(): readonly GeneratedFile[] {
  const files = [...dataSourceFiles(), ...dashboardFiles(), ...alertFiles()];
  const paths = new Set(files.map(({ path }) => path));
  if (paths.size !== files.length) throw new Error('two generated files have one path');
  return files;
}

/** Folders (relative to `grafana/`) that hold generated files only: what is there and not generated is stale. */
export const GENERATED_FOLDERS: readonly string[] = [
  'dashboards',
  'provisioning/datasources',
  'provisioning/dashboards',
  'provisioning/alerting',
  'rules/prometheus',
  'rules/loki',
  'rules/test',
];
