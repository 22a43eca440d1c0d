import {
  cacheFieldDisplayNames,
  FieldColorModeId,
  FieldConfigProperty,
  FieldType,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  PanelPlugin,
  VizOrientation,
} from '@grafana/data';
import { BigValue, BigValueTextMode, commonOptionsBuilder, TimeSeries, useTheme2, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

/** Panels: thin plugins around the components of @grafana/ui, with the defaults of Grafana's own plugins. */

const GRAPH_DEFAULTS = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 0,
  gradientMode: 'none',
  barAlignment: 0,
  showPoints: 'auto',
  pointSize: 5,
  spanNulls: false,
  insertNulls: false,
  lineStyle: { fill: 'solid' },
  stacking: { mode: 'none', group: 'A' },
  axisPlacement: 'auto',
  axisLabel: '',
  axisColorMode: 'text',
  axisBorderShow: false,
  axisCenteredZero: false,
  axisGridShow: true,
  scaleDistribution: { type: 'linear' },
  thresholdsStyle: { mode: 'off' },
  hideFrom: { tooltip: false, viz: false, legend: false },
  barWidthFactor: 0.6,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
};

const TABLE_DEFAULTS = {
  align: 'auto',
  cellOptions: { type: 'auto' },
  filterable: undefined,
  width: undefined,
  minWidth: undefined,
  hideFrom: { viz: false },
};

function custom(defaults, standardOptions) {
  return {
    standardOptions,
    useCustomConfig: (builder) => {
      for (const [id, defaultValue] of Object.entries(defaults)) {
        const none = () => undefined;
        builder.addCustomEditor({
          id,
          path: id,
          name: id,
          defaultValue,
          editor: none,
          override: none,
          process: (value) => value,
          shouldApply: () => true,
        });
      }
    },
  };
}

/** What a panel without data shows. The attributes with the title of a panel are for the test. */
function Empty({ props: { width, height, title, fieldConfig } }) {
  const style = { display: 'flex', alignItems: 'center', justifyContent: 'center', fontSize: 16, opacity: 0.65 };
  return (
    <div data-empty={title} style={{ ...style, width, height, textAlign: 'center' }}>
      {fieldConfig.defaults.noValue ?? 'No data'}
    </div>
  );
}

function Graph(props) {
  const { data, options } = props;
  const frames = data.series.filter(
    ({ length, fields }) => length > 0 && fields.some(({ type }) => type === FieldType.number),
  );
  if (frames.length === 0) return <Empty props={props} />;
  cacheFieldDisplayNames(frames);
  return <TimeSeries {...props} frames={frames} structureRev={data.structureRev} legend={options.legend} />;
}

function Stat(props) {
  const { data, options, fieldConfig, replaceVariables, timeZone } = props;
  const theme = useTheme2();
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables,
      theme,
      data: data.series,
      timeZone,
    });
  if (data.series.every(({ length }) => length === 0)) return <Empty props={props} />;
  return (
    <div data-stat={props.title}>
      <VizRepeater
        {...props}
        getValues={values}
        getAlignmentFactors={getDisplayValueAlignmentFactors}
        renderValue={({ value, width, height, count, alignmentFactors }) => (
          <BigValue
            value={value.display}
            count={count}
            colorMode={options.colorMode}
            graphMode={options.graphMode}
            justifyMode={options.justifyMode}
            textMode={count === 1 ? BigValueTextMode.Value : options.textMode}
            alignmentFactors={alignmentFactors}
            wideLayout={options.wideLayout}
            width={width}
            height={height}
            theme={theme}
          />
        )}
        source={data}
        itemSpacing={3}
        autoGrid={true}
        orientation={options.orientation ?? VizOrientation.Auto}
      />
    </div>
  );
}

function Table(props) {
  const { data, width, height, options, fieldConfig, timeRange } = props;
  const [frame] = data.series;
  if (frame === undefined || frame.length === 0) return <Empty props={props} />;
  cacheFieldDisplayNames(data.series);
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={!(options.showHeader ?? true)}
      showTypeIcons={false}
      resizable
      sortBy={options.sortBy}
      timeRange={timeRange}
      cellHeight={options.cellHeight}
      fieldConfig={fieldConfig}
      structureRev={data.structureRev}
      getActions={() => []}
      onColumnResize={() => {}}
      onSortByChange={() => {}}
    />
  );
}

function reduceOptions(builder) {
  const defaultValue = { calcs: ['lastNotNull'], fields: '', values: false };
  builder.addCustomEditor({
    id: 'reduceOptions',
    path: 'reduceOptions',
    name: '',
    defaultValue,
    editor: () => undefined,
  });
}

const PALETTE = {
  [FieldConfigProperty.Color]: {
    settings: { byValueSupport: true, bySeriesSupport: true, preferThresholdsMode: false },
    defaultValue: { mode: FieldColorModeId.PaletteClassic },
  },
};

/** Plugins by the type of a panel. */
export const plugins = {
  timeseries: new PanelPlugin(Graph).useFieldConfig(custom(GRAPH_DEFAULTS, PALETTE)).setPanelOptions((builder) => {
    commonOptionsBuilder.addTooltipOptions(builder);
    commonOptionsBuilder.addLegendOptions(builder);
  }),
  stat: new PanelPlugin(Stat).useFieldConfig({}).setPanelOptions(reduceOptions),
  table: new PanelPlugin(Table).useFieldConfig(custom(TABLE_DEFAULTS, {})),
};

for (const [id, plugin] of Object.entries(plugins)) {
  plugin.meta = { id, name: id, type: 'panel', sort: 1, module: '', baseUrl: '', info: { version: '', logos: {} } };
}
