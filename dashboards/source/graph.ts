import {
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { DashboardLinkBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

import type { DataLink } from './links.ts';
import { DATASOURCE, target, thresholdSteps, unitName } from './panel.ts';
import type { Panel, Query, Unit } from './panel.ts';

export interface Graph extends Panel {
  readonly queries: readonly Query[];
  /** Stacks the series, because their sum is meaningful; requests and limits are drawn as lines. */
  readonly stacked?: boolean;
  /** Opened from a series. */
  readonly links?: readonly DataLink[];
  /** The axis reaches at least this value. */
  readonly softMax?: number;
}

const SPAN = 12;
const HEIGHT = 9;

/** What an axis reaches at least, so that noise near zero does not fill the panel. */
const SOFT_MAX: Readonly<Partial<Record<Unit, number>>> = {
  binBps: 1024,
  bytes: 2 ** 20,
  cores: 0.1,
  cps: 1,
  iops: 10,
  packets: 10,
  percentunit: 0.1,
  s: 0.01,
  short: 4,
};

/** Decimals of units whose small values would have so many that names beside them are cut. */
const DECIMALS: Readonly<Partial<Record<Unit, number>>> = { cores: 3, percentunit: 1 };

/** Fixed colors of what usage is compared with. */
const COMPARED: readonly (readonly [regexp: string, color: string])[] = [
  ['/(^|\\s)requests?$/', 'super-light-blue'],
  ['/(^|\\s)limits?$/', 'red'],
];

const LINE = [
  { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
];

/** A time series panel. */
export function graph(given: Graph): GraphBuilder {
  const { stacked = false, thresholds, links = [] } = given;
  const panel = plain(given)
    .fillOpacity(stacked ? 25 : 0)
    .dataLinks(links.map(dataLink));
  const decimals = DECIMALS[given.unit];
  if (decimals !== undefined) panel.decimals(decimals);
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  for (const [regexp, fixedColor] of COMPARED) {
    panel.overrideByRegexp(regexp, [...LINE, { id: 'color', value: { mode: 'fixed', fixedColor } }]);
  }
  if (thresholds !== undefined) {
    panel
      .thresholds(thresholdSteps(thresholds, 'transparent'))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

function plain({ title, description, unit, queries, span, softMax, noValue }: Graph): GraphBuilder {
  return new GraphBuilder()
    .title(title)
    .description(description)
    .unit(unitName(unit))
    .min(0)
    .axisSoftMax(softMax ?? SOFT_MAX[unit] ?? 1)
    .span(span ?? SPAN)
    .height(HEIGHT)
    .datasource(DATASOURCE)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .gradientMode(GraphGradientMode.None)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .noValue(noValue ?? 'No data')
    .targets(queries.map(target));
}

function dataLink({ title, url }: DataLink): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).url(url);
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .calcs(['lastNotNull', 'max'])
    .sortBy('Max')
    .sortDesc(true)
    .showLegend(true);
}
