/** What tests and scripts outside this package use. Adding an export is a decision. */
export { DASHBOARD, DASHBOARDS_PATH_VARIABLE, DATASOURCE, FOLDER, URL_VARIABLE } from './names.ts';
export { outputs, GENERATED_FOLDERS, type GeneratedFile } from './outputs.ts';
export {
  LOG_PROOFS,
  alertFiles,
  alerts,
  conditionOf,
  type Alert,
  type Burst,
  type Pace,
} from './alerts/index.ts';
export { DASHBOARDS } from './dashboards/index.ts';
export type { DashboardSpec, Panel, Query } from './panels/model.ts';
export { fillIn, type Filling } from './panels/fill.ts';
