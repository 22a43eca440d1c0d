import { createDataFrame, DataSourceApi, FieldType, LoadingState, rangeUtil } from '@grafana/data';
import { from } from 'rxjs';

/** Every query that was run, with what it cost: `{panel, expr, series, samples, error}`. */
window.queries = [];
window.pending = 0;

/** What a data source assumes unless it is configured otherwise. */
const STOCK_INTERVAL = '15s';

/** A Prometheus below `/prometheus`: steps, intervals and frames as Grafana's own data source makes them. */
export class PrometheusSource extends DataSourceApi {
  interval = STOCK_INTERVAL;

  constructor(settings, interpolate) {
    super(settings);
    this.interpolate = interpolate;
  }

  query(request) {
    return from(this.run(request));
  }

  async run(request) {
    const answers = await Promise.all(request.targets.map((target) => this.answer(request, target)));
    const errors = answers.flatMap(({ error }) => (error === undefined ? [] : [{ message: error }]));
    return {
      data: answers.flatMap(({ frames }) => frames),
      state: errors.length > 0 ? LoadingState.Error : LoadingState.Done,
      errors,
      error: errors[0],
    };
  }

  async answer(request, target) {
    const { expr, step } = this.prepared(request, target);
    const [start, end] = [request.range.from, request.range.to].map((time) => time.valueOf() / 1000);
    const aligned = (time) => Math.floor(time / step) * step;
    const { data, error } = target.instant
      ? await get('query', { query: expr, time: end, stats: 'all' })
      : await get('query_range', { query: expr, start: aligned(start), end: aligned(end), step, stats: 'all' });
    const result = data?.result ?? [];
    const { panel } = target;
    window.queries.push({
      panel,
      expr,
      series: result.length,
      samples: data?.stats.samples.totalQueryableSamples,
      error,
    });
    const series = result.map(({ metric, value, values = [value] }) => ({ metric, points: values }));
    return { error, frames: target.format === 'table' ? [tableOf(series, target, request)] : framesOf(series, target) };
  }

  /** Step and macros: `calculatePrometheusInterval` and `calculateRateInterval` in Grafana's pkg/promlib/models. */
  prepared({ range, maxDataPoints, scopedVars }, target) {
    const rangeMs = range.to.valueOf() - range.from.valueOf();
    const minimumMs = rangeUtil.intervalToMs(this.interpolate(scopedVars, target.interval ?? STOCK_INTERVAL));
    const wantedMs = rangeUtil.calculateInterval(range, maxDataPoints ?? 1000, `${minimumMs}ms`).intervalMs;
    const stepMs = Math.max(wantedMs, Math.ceil(rangeMs / 11_000), minimumMs);
    const rateMs = Math.max(stepMs + minimumMs, 4 * minimumMs);
    const seconds = (milliseconds) => `${Math.round(milliseconds / 1000)}s`;
    const macros = target.expr
      .replaceAll('$__rate_interval', seconds(rateMs))
      .replaceAll('$__interval', seconds(stepMs))
      .replaceAll('$__range', seconds(rangeMs));
    return { expr: this.interpolate(scopedVars, macros), step: stepMs / 1000 };
  }

  async metricFindQuery(query, options) {
    const { range } = options;
    const seconds = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
    const text = this.interpolate(options.scopedVars, (query.query ?? query).replaceAll('$__range', `${seconds}s`));
    const [, series, label] = /^label_values\((.+), (\w+)\)$/s.exec(text) ?? [];
    if (label !== undefined) {
      const { data } = await get(`label/${label}/values`, { 'match[]': series });
      return data.map((value) => ({ text: value }));
    }
    const [, expr] = /^query_result\((.+)\)$/s.exec(text) ?? [];
    const { data } = await get('query', { query: expr });
    return data.result.map(({ metric, value: [time, value] }) => {
      const labels = Object.entries(metric).map((pair) => `${pair[0]}="${pair[1]}"`);
      return { text: `{${labels.join(',')}} ${value} ${time * 1000}` };
    });
  }

  async testDatasource() {
    return { status: 'success', message: '' };
  }
}

async function get(path, parameters) {
  window.pending += 1;
  try {
    return await (await fetch(`/prometheus/api/v1/${path}?${new URLSearchParams(parameters)}`)).json();
  } finally {
    window.pending -= 1;
  }
}

function framesOf(series, { refId, legendFormat }) {
  if (series.length === 0) return [createDataFrame({ refId, fields: [] })];
  return series.map(({ metric, points }) => {
    const name = legendFormat?.replaceAll(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => metric[label] ?? '') || 'Value';
    return createDataFrame({
      refId,
      name,
      fields: [
        { name: 'Time', type: FieldType.time, config: {}, values: points.map(([time]) => time * 1000) },
        {
          name: 'Value',
          type: FieldType.number,
          labels: metric,
          config: { displayNameFromDS: name },
          values: points.map(([, value]) => Number(value)),
        },
      ],
    });
  });
}

function tableOf(series, { refId }, { targets }) {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric).toSorted()))];
  const last = series.map(({ points }) => points.at(-1));
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, config: {}, values: last.map(([time]) => time * 1000) },
      ...labels.map((name) => ({
        name,
        type: FieldType.string,
        config: {},
        values: series.map(({ metric }) => metric[name] ?? ''),
      })),
      {
        name: targets.length > 1 ? `Value #${refId}` : 'Value',
        type: FieldType.number,
        config: {},
        values: last.map(([, value]) => Number(value)),
      },
    ],
  });
}
