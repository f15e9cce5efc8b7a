/**
 * What a dashboard is before it becomes Grafana's JSON: plain data that dashboards declare, tests read and `render.ts`
 * turns into builders of the foundation SDK. When Grafana's file provider takes schema v2, only `render*.ts` changes.
 */

/** One query of a panel. */
export type Query = PrometheusQuery | LokiQuery | TempoQuery;

/** PromQL. */
export interface PrometheusQuery {
  readonly source: 'prometheus';
  readonly expr: string;
  /** Grafana's legend template, `{{label}}`. */
  readonly legend?: string;
  /** `range` for lines, `instant` for a number or a table, `heatmap` for buckets. */
  readonly mode: 'range' | 'instant' | 'heatmap';
  /** Also fetch exemplars: points that lead to a trace. */
  readonly exemplar?: boolean;
}

/** LogQL. */
export interface LokiQuery {
  readonly source: 'loki';
  readonly expr: string;
  readonly legend?: string;
  /** `logs` for lines, `range` and `instant` for numbers made of them. */
  readonly mode: 'logs' | 'range' | 'instant';
  /** Most lines; `logs` only. */
  readonly limit?: number;
}

/** TraceQL, or the service graph that Tempo's generator writes to Prometheus. */
export interface TempoQuery {
  readonly source: 'tempo';
  /** TraceQL for `spans`; label matchers as `{client="x"}` for `serviceMap`. */
  readonly query: string;
  readonly mode: 'spans' | 'serviceMap';
  readonly limit?: number;
}

/** From `from` on the value has `color`; the first step has no `from`. */
export interface Step {
  readonly from?: number;
  readonly color: Colour;
}

/** Grafana's palette names; `text` is the theme's own. */
export type Colour =
  | 'green'
  | 'yellow'
  | 'orange'
  | 'red'
  | 'dark-red'
  | 'blue'
  | 'purple'
  | 'text'
  | 'transparent';

/** A text in place of a value. */
export interface Mapping {
  /** Exact value as text, or `null+nan` for no number. */
  readonly value: string;
  readonly text: string;
  readonly color: Colour;
}

/** Where a click goes. */
export interface Link {
  readonly title: string;
  /** With Grafana's own placeholders. */
  readonly url: string;
}

/** A column of a table. */
export interface Column {
  /** Name of the field before renaming; for Prometheus a label, or `Value #A`. */
  readonly field: string;
  readonly title: string;
  /** Grafana unit id. */
  readonly unit?: string;
  readonly decimals?: number;
  /** Pixels. */
  readonly width?: number;
  readonly link?: Link;
  readonly steps?: readonly Step[];
  /** How steps show: coloured text (default with steps), coloured cell, or a bar in the cell. */
  readonly cell?: 'text' | 'background' | 'bar';
  readonly mappings?: readonly Mapping[];
}

/** How the values are drawn. */
export type View =
  | {
      readonly kind: 'stat';
      /** A line of the past behind the number; needs a range query. */
      readonly sparkline?: boolean;
      /** Colours the number (default) or the whole tile. */
      readonly fill?: 'value' | 'background';
      /** Which of the values counts: the latest (default) or the largest. */
      readonly reduce?: 'lastNotNull' | 'max' | 'sum';
      /** Show names too: one tile for each series. */
      readonly names?: boolean;
    }
  | {
      readonly kind: 'timeseries';
      readonly style?: 'line' | 'bars' | 'stacked';
      readonly legend?: 'bottom' | 'table' | 'none';
      /** Draw the highest step as a dashed line. */
      readonly limitLine?: boolean;
      readonly max?: number;
      readonly logarithmic?: boolean;
    }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      /** Title of the column and direction; default: as the store answers. */
      readonly sort?: { readonly by: string; readonly descending: boolean };
    }
  | { readonly kind: 'bars' }
  | { readonly kind: 'pie' }
  | { readonly kind: 'heatmap' }
  | { readonly kind: 'states' }
  | { readonly kind: 'nodeGraph' };

/** One panel. */
export interface Panel {
  /** Unique within its dashboard. */
  readonly title: string;
  /** Numbers of questions.ts that it answers; at least one. */
  readonly questions: readonly number[];
  /** What is seen, in a sentence or two. */
  readonly shows: string;
  /** What to do when it is red or odd. */
  readonly red: string;
  readonly queries: readonly Query[];
  readonly view: View;
  /** Grafana unit id of the value; tables say it by column and have `none` here. */
  readonly unit: string;
  readonly decimals?: number;
  readonly steps?: readonly Step[];
  readonly mappings?: readonly Mapping[];
  /** Least distance of points: lines counted over less are a comb. */
  readonly interval?: '1m';
  /** Colour of a series by its name. */
  readonly colours?: Readonly<Record<string, Colour>>;
  readonly links?: readonly Link[];
  /** Grid units: 24 to the width. */
  readonly width: number;
  readonly height: number;
  /** What stands there when nothing is found, and that is well; default "No data". */
  readonly whenEmpty?: string;
}

/** Panels under one heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A drop-down or a field at the top of a dashboard. */
export type VariableName = 'environment' | 'server' | 'tool' | 'client' | 'user' | 'uris';

/** One dashboard. */
export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly rows: readonly Row[];
}
