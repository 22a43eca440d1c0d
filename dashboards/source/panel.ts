import type * as common from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';

/** Units by Grafana's names; `cores`, `down` and `packets` are ours. */
export type Unit =
  | 'bool_yes_no'
  | 'bytes'
  | 'binBps'
  | 'cores'
  | 'cps'
  | 'down'
  | 'iops'
  | 'none'
  | 'percentunit'
  | 'packets'
  | 's'
  | 'dateTimeFromNow'
  | 'short';

/** Lower bounds of yellow and of red. */
export type Thresholds = readonly [yellow: number, red: number];

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
  readonly thresholds?: Thresholds;
  /** Shown instead of "No data": why there is none. */
  readonly noValue?: string;
}

/** The text of a value, and its color. */
export interface State {
  readonly text: string;
  readonly color: string;
}

/** The data source selected by the dashboard variable. */
export const DATASOURCE: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/**
 * Minimum step of all queries, measured by the variable `scrape`. Grafana derives `$__rate_interval` from it, so that
 * rates have data whatever the scrape interval is that the data source states.
 */
export const STEP = '${scrape}s';

/** Units of ours. Grafana writes a blank before a suffix, and small numbers of its own unit `pps` with a prefix: mp/s. */
const OWN_UNITS: Readonly<Partial<Record<Unit, string>>> = {
  cores: 'suffix:cores',
  down: 'suffix:down',
  packets: 'count:p/s',
};

/** Grafana's name of a unit. */
export function unitName(unit: Unit): string {
  return OWN_UNITS[unit] ?? unit;
}

/** A query; `index` gives its letter. */
export function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder().expr(expr).legendFormat(legend).refId(letter(index)).interval(STEP);
}

/** Name of the n-th query of a panel. */
export function letter(index: number): string {
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.charAt(index);
}

/** Steps of colors: `lowest`, then yellow and red. */
export function steps(thresholds: Thresholds | undefined, lowest: string): { value: number | null; color: string }[] {
  // oxlint-disable-next-line unicorn/no-null -- how Grafana writes "from the lowest value on"
  const base = { value: null, color: lowest };
  if (thresholds === undefined) return [base];
  const [yellow, red] = thresholds;
  if (yellow === red) return [base, { value: red, color: 'red' }];
  const ordered = [
    { value: yellow, color: 'yellow' },
    { value: red, color: 'red' },
  ];
  return [base, ...ordered];
}

/**
 * Steps of colors of a quantity of which little is bad: red from 0 on, then yellow, then none. The first step is also that
 * of a cell without a value.
 */
export function stepsFromBelow([red, yellow]: Thresholds): { value: number | null; color: string }[] {
  return [
    // oxlint-disable-next-line unicorn/no-null -- as above
    { value: null, color: 'transparent' },
    { value: 0, color: 'red' },
    { value: red, color: 'yellow' },
    { value: yellow, color: 'transparent' },
  ];
}

/** The same as a builder of the SDK. */
export function thresholdSteps(thresholds: Thresholds | undefined, lowest: string): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(thresholds, lowest));
}
