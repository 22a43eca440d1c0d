import {
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import * as common from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Units by Grafana's names. */
export type Unit =
  | 'bytes'
  | 'binBps'
  | 'cores'
  | 'ops'
  | 'percentunit'
  | 'pps'
  | 'reqps'
  | 's'
  | 'dateTimeFromNow'
  | 'short';

/** An expression and the legend of its series, e.g. `{{pod}}`. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** Common fields of all panels. */
export interface Panel {
  readonly title: string;
  /** One sentence: the quantity, and which values need attention. */
  readonly description: string;
  readonly unit: Unit;
  /** Width in columns; a row has 24. */
  readonly span?: number;
  /** Lower bounds of yellow and of red. */
  readonly thresholds?: readonly [yellow: number, red: number];
}

export interface Graph extends Panel {
  readonly queries: readonly Query[];
  /** Stacks the series, because their sum is meaningful; series whose name matches `except` are drawn as lines. */
  readonly stacked?: { readonly except?: string };
}

const SPAN = 12;
const HEIGHT = 8;
const STAT_SPAN = 4;
const STAT_HEIGHT = 4;

/** Grafana puts a space before a custom suffix. */
const SUFFIXES: Readonly<Partial<Record<Unit, string>>> = { cores: 'suffix:cores' };

/** A time series panel. */
export function graph({ title, description, unit, queries, stacked, span = SPAN, thresholds }: Graph): GraphBuilder {
  const panel = new GraphBuilder()
    .title(title)
    .description(description)
    .unit(SUFFIXES[unit] ?? unit)
    .min(0)
    .span(span)
    .height(HEIGHT)
    .datasource(DATASOURCE)
    .lineWidth(1)
    .fillOpacity(stacked === undefined ? 0 : 25)
    .gradientMode(GraphGradientMode.None)
    .legend(legend())
    .tooltip(tooltip())
    .targets(targets(queries));
  if (stacked !== undefined) panel.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (stacked?.except !== undefined) panel.overrideByRegexp(stacked.except, LINE);
  if (thresholds !== undefined) panel.thresholds(steps(thresholds));
  return panel;
}

/** A stat panel: the latest value. */
export function stat({
  title,
  description,
  unit,
  expr,
  span = STAT_SPAN,
  thresholds,
}: Panel & { expr: string }): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(description)
    .unit(SUFFIXES[unit] ?? unit)
    .span(span)
    .height(STAT_HEIGHT)
    .datasource(DATASOURCE)
    .colorMode(thresholds === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(steps(thresholds))
    .targets(targets([{ expr, legend: '' }]));
}

/** A column of a table: one value per row. */
export interface Column {
  readonly name: string;
  readonly expr: string;
  readonly unit: Unit;
}

export interface Table {
  readonly title: string;
  readonly description: string;
  /** The label that identifies a row, and the target of its link. */
  readonly row: { readonly label: string; readonly name: string; readonly link?: string };
  readonly columns: readonly Column[];
}

/** A table panel: one row per label value, the latest values in the columns. */
export function table({ title, description, row, columns }: Table): TableBuilder {
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .span(24)
    .height(HEIGHT + 2)
    .datasource(DATASOURCE)
    .targets(
      columns.map(({ expr }, index) => target({ expr, legend: '' }, index).instant().format(PromQueryFormat.Table)),
    )
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        renameByName: {
          [row.label]: row.name,
          ...Object.fromEntries(columns.map(({ name }, i) => [valueOf(i), name])),
        },
      },
    });
  for (const { name, unit } of columns) panel.overrideByName(name, [{ id: 'unit', value: SUFFIXES[unit] ?? unit }]);
  if (row.link !== undefined) {
    panel.overrideByName(row.name, [{ id: 'links', value: [{ title: `Show ${row.name}`, url: row.link }] }]);
  }
  return panel;
}

/** The data source selected by the dashboard variable. */
export const DATASOURCE: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

const LINE = [
  { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
];

function targets(queries: readonly Query[]): DataqueryBuilder[] {
  return queries.map(target);
}

function target({ expr, legend: format }: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).legendFormat(format).refId(letter(index));
}

function letter(index: number): string {
  return 'ABCDEFGHIJ'.charAt(index);
}

function valueOf(index: number): string {
  return `Value #${letter(index)}`;
}

function legend(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true);
}

function tooltip(): common.VizTooltipOptionsBuilder {
  return new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}

function steps(thresholds: Panel['thresholds']): ThresholdsConfigBuilder {
  // oxlint-disable-next-line unicorn/no-null -- how Grafana writes "from the lowest value on"
  const lowest = null;
  const [yellow, red] = thresholds ?? [];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: lowest, color: 'green' },
      ...(yellow === undefined ? [] : [{ value: yellow, color: 'yellow' }]),
      ...(red === undefined ? [] : [{ value: red, color: 'red' }]),
    ]);
}
