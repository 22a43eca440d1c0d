import {
  FieldTextAlignment,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';

import type { DataLink } from './links.ts';
import { DATASOURCE, letter, steps, stepsFromBelow, target, unitName } from './panel.ts';
import type { State, Thresholds, Unit } from './panel.ts';

/** A label that identifies a row, or that describes it. */
export interface Key {
  readonly label: string;
  readonly name: string;
  readonly link?: DataLink;
  /** Width in pixels, by default of a short name. The first key takes the width that is left, and at least this. */
  readonly width?: number;
  /** Behind the columns, because it only describes the row. */
  readonly isLast?: boolean;
}

/** A column: one value per row. */
export interface Column {
  readonly name: string;
  readonly expr: string;
  readonly unit: Unit;
  readonly decimals?: number;
  /** Colors the cell from yellow on, or, with `bar`, the bar. */
  readonly thresholds?: Thresholds;
  /** Low values are the bad ones: red up to the lower, yellow up to the higher of the thresholds. */
  readonly isLowBad?: boolean;
  /** Draws a bar from 0 to 1. */
  readonly bar?: boolean;
  readonly width?: number;
  /** Texts of the values 0 and 1, with the color of the cell. */
  readonly states?: readonly [zero: State, one: State];
}

export interface Table {
  readonly title: string;
  readonly description: string;
  readonly keys: readonly Key[];
  readonly columns: readonly Column[];
  /** Columns by which rows are sorted, most important first; descending unless said otherwise. */
  readonly sort: readonly (string | { readonly name: string; readonly ascending: true })[];
  /** Instead of an empty table. */
  readonly noValue: string;
  readonly height?: number;
  readonly span?: number;
  /** Name of a column that counts the other columns with a value. */
  readonly counted?: string;
}

const HEIGHT = 10;
/** With these widths no table is wider than a page of 1600 pixels. */
const KEY_WIDTH = 110;
const WIDTH = 100;
const BAR_WIDTH = 104;
const COUNT_WIDTH = 84;

/** Instead of the text of a bar without a value, which would look like a bar of 0 %. */
const NONE = '–';

/** A table panel: one row for each combination of keys, the latest values in the columns. */
export function table(given: Table): TableBuilder {
  const { title, description, keys, columns, sort } = given;
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .span(given.span ?? 24)
    .height(given.height ?? HEIGHT)
    .datasource(DATASOURCE)
    .cellHeight(TableCellHeight.Sm)
    .noValue(given.noValue)
    .sortBy(sort.map(sorting))
    .targets(
      columns.map(({ expr }, index) => target({ expr, legend: '' }, index).instant().format(PromQueryFormat.Table)),
    )
    .transformations(transformations(given));
  for (const [index, key] of keys.entries()) panel.overrideByName(key.name, keyOptions(key, index === 0));
  for (const column of columns) panel.overrideByName(column.name, columnOptions(column));
  if (given.counted !== undefined) panel.overrideByName(given.counted, countOptions());
  return panel;
}

function sorting(by: Table['sort'][number]): TableSortByFieldStateBuilder {
  const { name, ascending } = typeof by === 'string' ? { name: by, ascending: false } : by;
  return new TableSortByFieldStateBuilder().displayName(name).desc(!ascending);
}

function labelsOf(keys: readonly Key[]): readonly string[] {
  return keys.map(({ label }) => label);
}

function namesOf(named: readonly { readonly name: string }[]): readonly string[] {
  return named.map(({ name }) => name);
}

function transformations({ keys, columns, counted }: Table): { id: string; options: object }[] {
  const values = columns.map((_, index) => (columns.length === 1 ? 'Value' : `Value #${letter(index)}`));
  const counter = counted === undefined ? [] : [counted];
  const first = keys.filter(({ isLast = false }) => !isLast);
  const last = keys.filter(({ isLast = false }) => isLast);
  const order = [...labelsOf(first), ...counter, ...values, ...labelsOf(last)];
  const names = [...namesOf(first), ...counter, ...namesOf(columns), ...namesOf(last)];
  const organize = {
    excludeByName: { Time: true },
    indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
    renameByName: Object.fromEntries(order.map((name, index) => [name, names[index]])),
  };
  return [
    { id: 'merge', options: {} },
    ...counter.map((alias) => ({
      id: 'calculateField',
      options: { mode: 'reduceRow', alias, reduce: counting(values) },
    })),
    { id: 'organize', options: organize },
  ];
}

/** Counts the values of a row; `connected` is Grafana's name for ignoring null. */
function counting(include: readonly string[]): object {
  return { reducer: 'count', include, nullValueMode: 'connected' };
}

function keyOptions({ link, width = KEY_WIDTH }: Key, isElastic: boolean): DynamicConfigValue[] {
  return [
    { id: isElastic ? 'custom.minWidth' : 'custom.width', value: width },
    { id: 'custom.filterable', value: true },
    { id: 'noValue', value: '' },
    ...(link === undefined ? [] : [{ id: 'links', value: [link] }]),
  ];
}

function columnOptions(column: Column): DynamicConfigValue[] {
  const { unit, decimals, bar = false, width = bar ? BAR_WIDTH : WIDTH } = column;
  return [
    { id: 'unit', value: unitName(unit) },
    // Over the text for an empty table, which cells would show as well.
    { id: 'noValue', value: bar ? NONE : '' },
    { id: 'custom.align', value: bar ? FieldTextAlignment.Left : FieldTextAlignment.Right },
    { id: 'custom.width', value: width },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...colors(column),
  ];
}

function colors(column: Column): DynamicConfigValue[] {
  const { bar = false, thresholds, states } = column;
  if (!bar && thresholds === undefined && states === undefined) return [];
  return [
    { id: 'thresholds', value: { mode: 'absolute', steps: stepsOf(column) } },
    ...(bar ? BAR : BACKGROUND),
    ...(states === undefined ? [] : [{ id: 'mappings', value: [mapping(states)] }]),
  ];
}

function stepsOf({ bar = false, thresholds, isLowBad = false }: Column): ReturnType<typeof steps> {
  if (bar) return steps(thresholds, 'green');
  const made = isLowBad && thresholds !== undefined ? stepsFromBelow(thresholds) : steps(thresholds, 'transparent');
  return made.map(asBackground);
}

const BAR: readonly DynamicConfigValue[] = [
  { id: 'min', value: 0 },
  { id: 'max', value: 1 },
  { id: 'color', value: { mode: 'thresholds' } },
  { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
];

const BACKGROUND: readonly DynamicConfigValue[] = [
  { id: 'color', value: { mode: 'thresholds' } },
  { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
];

/** Backgrounds on which the text is legible in both themes. */
const BACKGROUNDS: Readonly<Record<string, string>> = { yellow: 'dark-orange', red: 'dark-red' };

function asBackground<T extends { readonly color: string }>(colored: T): T {
  return { ...colored, color: BACKGROUNDS[colored.color] ?? colored.color };
}

function mapping(states: readonly [State, State]): object {
  const [zero, one] = states.map((state, index) => ({ ...asBackground(state), index }));
  return { type: 'value', options: { 0: zero, 1: one } };
}

function countOptions(): DynamicConfigValue[] {
  return [
    { id: 'custom.width', value: COUNT_WIDTH },
    { id: 'custom.align', value: FieldTextAlignment.Right },
  ];
}
