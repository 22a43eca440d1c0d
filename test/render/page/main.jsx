import * as data from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import * as runtime from '@grafana/runtime';
import * as scenes from '@grafana/scenes';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router-dom';
import { map, startWith } from 'rxjs';

import { plugins } from './panels.jsx';
import { PrometheusSource } from './prometheus.js';
import { sceneOf } from './scene.js';

/** Shows the dashboard that the URL names, in Grafana's scenes, without a Grafana server. */

const search = new URLSearchParams(location.search);

const SETTINGS = {
  id: 1,
  uid: 'prometheus',
  name: 'Prometheus',
  type: 'prometheus',
  isDefault: true,
  meta: { id: 'prometheus', name: 'Prometheus', type: data.PluginType.datasource, info: { logos: {} }, metrics: true },
  jsonData: {},
  access: 'proxy',
  readOnly: false,
  url: '',
};

/** Options of fields that every panel has, with what Grafana's override processors do to them. */
function fieldOptions() {
  const item = (id, process, extra = {}) => ({
    id,
    path: id,
    name: id,
    category: [],
    editor: () => undefined,
    override: () => undefined,
    process,
    settings: {},
    shouldApply: () => true,
    ...extra,
  });
  return [
    item('displayName', data.displayNameOverrideProcessor),
    item('unit', data.unitOverrideProcessor),
    item('min', data.numberOverrideProcessor),
    item('max', data.numberOverrideProcessor),
    item('decimals', data.numberOverrideProcessor),
    item('noValue', data.stringOverrideProcessor),
    item('color', data.identityOverrideProcessor, {
      defaultValue: { mode: 'thresholds' },
      getItemsCount: () => 0,
      shouldApply: (field) => field.type !== 'time',
    }),
    item('links', data.dataLinksOverrideProcessor),
    item('mappings', data.identityOverrideProcessor, { defaultValue: [] }),
    item('thresholds', data.thresholdsOverrideProcessor, {
      defaultValue: { mode: 'absolute', steps: [{ value: -Infinity, color: 'green' }] },
    }),
    item('filterable', data.booleanOverrideProcessor),
    item('fieldMinMax', data.booleanOverrideProcessor),
    item('actions', data.identityOverrideProcessor),
    item('description', data.stringOverrideProcessor),
  ];
}

const EDITORS =
  'number slider text boolean select radio color fieldNameMatcher multi-select unit strings timezone field-name dashboard-uid stats-picker fieldColor links mappings thresholds cell-options actions one-click';

function register() {
  const transformers = new Map(Object.values(data.standardTransformers).map((each) => [each.id, each]));
  data.standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map((each) => ({ id: each.id, name: each.name, transformation: async () => each })),
  );
  data.standardFieldConfigEditorRegistry.setInit(fieldOptions);
  data.standardEditorsRegistry.setInit(() =>
    EDITORS.split(' ').map((id) => ({ id, name: id, editor: () => undefined })),
  );
}

/** Gives the libraries what a Grafana server would. */
function serve(interpolate) {
  const source = new PrometheusSource(SETTINGS, interpolate);
  source.meta = SETTINGS.meta;
  runtime.setAppEvents(new data.EventBusSrv());
  runtime.setEchoSrv({ addEvent() {}, addBackend() {}, flush() {} });
  runtime.setPluginImportUtils({
    importPanelPlugin: async (id) => plugins[id],
    getPanelPluginFromCache: (id) => plugins[id],
  });
  runtime.setPluginLinksHook(() => ({ links: [], isLoading: false }));
  runtime.setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  runtime.setDataSourceSrv({
    get: async () => source,
    getList: () => [SETTINGS],
    getInstanceSettings: () => SETTINGS,
    reload() {},
    registerRuntimeDataSource() {},
  });
  runtime.setTemplateSrv({
    getVariables: () => [],
    replace: (text, scoped) => interpolate(scoped, text),
    containsTemplate: (text) => Boolean(text) && text.includes('$'),
    updateTimeRange() {},
  });
  runtime.setRunRequest((dataSource, request) => {
    const shared = { timeRange: request.range, request };
    return dataSource.query(request).pipe(
      map(({ state, data: series, errors, error }) => ({ ...shared, state, series, errors, error, structureRev: 1 })),
      startWith({ ...shared, state: data.LoadingState.Loading, series: [] }),
    );
  });
}

function Header({ dashboard }) {
  return (
    <div
      style={{ padding: 8, fontSize: 18, display: 'flex', flexWrap: 'wrap', gap: 8, justifyContent: 'space-between' }}
    >
      <span>{dashboard.title}</span>
      <span style={{ fontSize: 12, opacity: 0.7 }}>{dashboard.links.map(({ title }) => title).join(' · ')}</span>
    </div>
  );
}

async function show() {
  await initPluginTranslations('grafana-scenes');
  const theme = data.createTheme({ colors: { mode: search.get('theme') ?? 'dark' } });
  Object.assign(runtime.config, { theme2: theme, featureToggles: {} });
  register();
  const dashboard = await (await fetch(`/dashboards/${search.get('dashboard')}.json`)).json();
  const scene = sceneOf(dashboard, { from: search.get('from'), to: search.get('to') });
  serve((scoped, text) => scenes.sceneGraph.interpolate(scene, text, scoped, formatted));
  new scenes.UrlSyncManager().initSync(scene);
  const style = { background: theme.colors.background.canvas, color: theme.colors.text.primary, minHeight: '100vh' };
  createRoot(document.querySelector('#root')).render(
    <data.ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PortalContainer />
      <BrowserRouter>
        <div style={{ ...style, padding: '0 8px' }}>
          <Header dashboard={dashboard} />
          <scene.Component model={scene} />
        </div>
      </BrowserRouter>
    </data.ThemeContext.Provider>,
  );
}

/** A value of a variable in PromQL, as the Prometheus data source writes it. */
function formatted(value, { multi, includeAll } = {}) {
  if (multi !== true && includeAll !== true) return String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  const escaped = [value].flat().map((each) => each.replaceAll(/[$^*{}[\]+?.()|\\]/g, String.raw`\\$&`));
  return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
}

show().catch((error) => {
  window.failure = String(error.stack);
});
