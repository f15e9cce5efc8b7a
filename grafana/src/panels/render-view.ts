/** One builder for each kind of view, with legend, tooltip and look set: the SDK's defaults hide both. */
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BarGaugeSizing,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder as HeatmapBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as NodeGraphBuilder } from '@grafana/grafana-foundation-sdk/nodegraph';
import {
  PanelBuilder as PieChartBuilder,
  PieChartLegendOptionsBuilder,
  PieChartLegendValues,
  PieChartType,
} from '@grafana/grafana-foundation-sdk/piechart';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StatesBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Panel, View } from './model.ts';
import { columnProperties, tableTransformations } from './render-table.ts';

/** Any of the panel builders. */
export type AnyBuilder =
  | BarGaugeBuilder
  | HeatmapBuilder
  | NodeGraphBuilder
  | PieChartBuilder
  | StatBuilder
  | StatesBuilder
  | TableBuilder
  | TimeseriesBuilder;

type ViewOf<K extends View['kind']> = Extract<View, { kind: K }>;

/** A builder with everything that depends on the kind of view. */
export function builderOf(panel: Panel): AnyBuilder {
  const { view } = panel;
  switch (view.kind) {
    case 'stat':
      return stat(view);
    case 'timeseries':
      return timeseries(view, panel);
    case 'table':
      return table(view, panel);
    case 'bars':
      return bars(panel);
    case 'pie':
      return pie(panel);
    case 'heatmap':
      return heatmap(panel.unit);
    case 'states':
      return states();
    case 'nodeGraph':
      return new NodeGraphBuilder();
  }
}

function stat(view: ViewOf<'stat'>): StatBuilder {
  return new StatBuilder()
    .reduceOptions(reduce(view.reduce ?? 'lastNotNull'))
    .colorMode(view.fill === 'background' ? BigValueColorMode.Background : BigValueColorMode.Value)
    .graphMode(view.sparkline === true ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(view.names === true ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
    .colorScheme(color(FieldColorModeId.Thresholds));
}

function timeseries(view: ViewOf<'timeseries'>, panel: Panel): TimeseriesBuilder {
  const builder = new TimeseriesBuilder()
    .drawStyle(view.style === 'bars' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(view.style === 'bars' ? 1 : 2)
    .fillOpacity(
      view.style === 'bars'
        ? 70
        : view.style === 'stacked'
          ? 35
          : view.logarithmic === true
            ? 0
            : 12,
    )
    .gradientMode(
      view.style === 'line' || !view.style ? GraphGradientMode.Opacity : GraphGradientMode.None,
    )
    .showPoints(VisibilityMode.Auto)
    .pointSize(4)
    // Servers send once a minute by default: a hole of three minutes is still the same line.
    .spanNulls(180_000)
    .min(0)
    .legend(legend(view.legend ?? 'bottom'))
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    )
    .colorScheme(color(FieldColorModeId.PaletteClassic));
  // Nothing at all is a line at the bottom, not in the middle of an axis up to a hundred.
  if (view.style === 'bars') builder.axisSoftMax(4);
  if (view.style === 'bars' || view.style === 'stacked') {
    builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  }
  if (view.limitLine === true && panel.steps !== undefined) {
    builder.thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
    );
  }
  if (view.max !== undefined) builder.max(view.max);
  if (view.logarithmic === true) {
    builder.scaleDistribution(
      new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10),
    );
  }
  return builder;
}

function table(view: ViewOf<'table'>, panel: Panel): TableBuilder {
  const builder = new TableBuilder()
    .cellHeight(TableCellHeight.Sm)
    .filterable(true)
    .transformations(tableTransformations(view.columns, panel.queries));
  if (view.sort !== undefined) {
    builder.sortBy([
      new TableSortByFieldStateBuilder().displayName(view.sort.by).desc(view.sort.descending),
    ]);
  }
  for (const column of view.columns) {
    const properties = columnProperties(column);
    if (properties.length > 0) builder.overrideByName(column.title, properties);
  }
  return builder;
}

function bars(panel: Panel): BarGaugeBuilder {
  return new BarGaugeBuilder()
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Gradient)
    .sizing(BarGaugeSizing.Manual)
    .minVizHeight(18)
    .maxVizHeight(26)
    .min(0)
    .reduceOptions(rowsOrSeries(panel))
    .colorScheme(
      color(panel.steps ? FieldColorModeId.Thresholds : FieldColorModeId.ContinuousBlPu),
    );
}

function pie(panel: Panel): PieChartBuilder {
  return new PieChartBuilder()
    .pieType(PieChartType.Donut)
    .reduceOptions(rowsOrSeries(panel))
    .legend(
      new PieChartLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .values([PieChartLegendValues.Value, PieChartLegendValues.Percent]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single))
    .colorScheme(color(FieldColorModeId.PaletteClassic));
}

function heatmap(unit: string): HeatmapBuilder {
  return new HeatmapBuilder()
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Blues')
        .steps(48)
        .exponent(0.5)
        .reverse(false),
    )
    .yAxis(new YAxisConfigBuilder().unit(unit))
    .cellGap(1)
    .showLegend();
}

function states(): StatesBuilder {
  return new StatesBuilder()
    .mergeValues(true)
    .rowHeight(0.8)
    .fillOpacity(80)
    .showValue(VisibilityMode.Never)
    .legend(new VizLegendOptionsBuilder().showLegend(false))
    .colorScheme(color(FieldColorModeId.Thresholds));
}

function legend(
  kind: 'bottom' | 'table' | 'none',
): Builder<ReturnType<VizLegendOptionsBuilder['build']>> {
  const builder = new VizLegendOptionsBuilder().showLegend(kind !== 'none');
  if (kind === 'table') {
    return builder
      .displayMode(LegendDisplayMode.Table)
      .placement(LegendPlacement.Right)
      .calcs(['lastNotNull', 'max'])
      .sortBy('Last *')
      .sortDesc(true);
  }
  return builder.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).calcs([]);
}

/** A LogQL number is one table with a row for each series: then every row counts. */
function rowsOrSeries(panel: Panel): ReduceDataOptionsBuilder {
  const rows = panel.queries.some(({ source, mode }) => source === 'loki' && mode === 'instant');
  return rows ? reduce('lastNotNull').values(true) : reduce('lastNotNull');
}

function reduce(calculation: string): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs([calculation]).values(false);
}

function color(mode: FieldColorModeId): FieldColorBuilder {
  return new FieldColorBuilder().mode(mode);
}
