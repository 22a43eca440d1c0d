import * as common from '@grafana/grafana-foundation-sdk/common';
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';

import { DATASOURCE, target, thresholdSteps, unitName } from './panel.ts';
import type { Panel, State } from './panel.ts';

/** A number, at the end of the time range. */
export interface Stat extends Panel {
  readonly expr: string;
  readonly decimals?: number;
  readonly height?: number;
  /** Shown instead of 0. */
  readonly zero?: State;
}

/** Size of a stat in columns and rows of the grid. */
export type StatLayout = Pick<Stat, 'span' | 'height'>;

const SPAN = 4;
const HEIGHT = 4;

/** Four in a row, so that titles are legible on a page of 800 pixels. */
export const QUARTER: StatLayout = { span: 6, height: 3 };

/** A stat panel. The query is instant, so a target that is gone leaves no old value behind. */
export function stat({ title, description, unit, expr, thresholds, ...rest }: Stat): StatBuilder {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .unit(unitName(unit))
    .span(rest.span ?? SPAN)
    .height(rest.height ?? HEIGHT)
    .datasource(DATASOURCE)
    .colorMode(thresholds === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(thresholdSteps(thresholds, 'green'))
    .noValue(rest.noValue ?? 'No data')
    .targets([target({ expr, legend: '' }, 0).instant()]);
  if (rest.decimals !== undefined) panel.decimals(rest.decimals);
  if (rest.zero !== undefined) {
    panel.mappings([{ type: MappingType.ValueToText, options: { 0: { ...rest.zero, index: 0 } } }]);
  }
  return panel;
}
