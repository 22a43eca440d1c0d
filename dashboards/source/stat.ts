import * as common from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';

import { DATASOURCE, target, thresholdSteps, unitName } from './panel.ts';
import type { Panel } from './panel.ts';

/** A number, at the end of the time range. */
export interface Stat extends Panel {
  readonly expr: string;
  readonly decimals?: number;
}

const SPAN = 4;
const HEIGHT = 4;

/** A stat panel. The query is instant, so a target that is gone leaves no old value behind. */
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
    .thresholds(thresholdSteps(thresholds, 'green'))
    .noValue(rest.noValue ?? 'No data')
    .targets([target({ expr, legend: '' }, 0).instant()]);
  if (rest.decimals !== undefined) panel.decimals(rest.decimals);
  return panel;
}
