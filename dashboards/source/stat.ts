import * as common from '@grafana/grafana-foundation-sdk/common';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';

import { DATASOURCE, target, thresholdSteps, unitName } from './panel.ts';
import type { Panel, State } from './panel.ts';

/** A number, at the end of the time range. */
export interface Stat extends Panel {
  readonly expr: string;
  readonly decimals?: number;
  /** Shown instead of 0. */
  readonly zero?: State;
}

/** Width of a stat in columns of the grid. */
export type StatLayout = Pick<Stat, 'span'>;

/** Three in a row by default. Titles in more than four are cut on a page of 800 pixels. */
const SPAN = 8;
const HEIGHT = 3;

/** Four in a row. */
export const QUARTER: StatLayout = { span: 6 };

/**
 * A stat panel. The query is instant, so a target that is gone leaves no old value behind. A value without trouble has the
 * color of text, not green: it does not include nodes whose exporter is down.
 */
export function stat({ title, description, unit, expr, thresholds, ...rest }: Stat): StatBuilder {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .unit(unitName(unit))
    .span(rest.span ?? SPAN)
    .height(HEIGHT)
    .datasource(DATASOURCE)
    .colorMode(thresholds === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholdSteps(thresholds, 'text'))
    .noValue(rest.noValue ?? 'No data')
    .targets([target({ expr, legend: '' }, 0).instant()]);
  if (rest.decimals !== undefined) panel.decimals(rest.decimals);
  if (rest.zero !== undefined) {
    panel.mappings([{ type: MappingType.ValueToText, options: { 0: { ...rest.zero, index: 0 } } }]);
  }
  return panel;
}
