import * as scenes from '@grafana/scenes';

/** The scene of a dashboard in the JSON model, in the time range `from` to `to`. */
export function sceneOf(dashboard, { from, to }) {
  return new scenes.EmbeddedScene({
    $variables: new scenes.SceneVariableSet({ variables: dashboard.templating.list.map(variableOf) }),
    $timeRange: new scenes.SceneTimeRange({ from, to, timeZone: 'utc' }),
    body: new scenes.SceneGridLayout({ children: childrenOf(dashboard), isDraggable: false, isResizable: false }),
    controls: [
      new scenes.VariableValueSelectors({}),
      new scenes.SceneControlsSpacer(),
      new scenes.SceneTimePicker({}),
      new scenes.SceneRefreshPicker({ refresh: '' }),
    ],
  });
}

function variableOf(variable) {
  const { name, label, hide, current = {} } = variable;
  const common = { name, label, hide, value: current.value ?? '', text: current.text ?? '' };
  if (variable.type === 'datasource') return new scenes.DataSourceVariable({ ...common, pluginId: variable.query });
  return new scenes.QueryVariable({
    ...common,
    datasource: variable.datasource,
    query: variable.query,
    regex: variable.regex ?? '',
    sort: variable.sort,
    refresh: variable.refresh,
    isMulti: variable.multi,
    includeAll: variable.includeAll,
    allValue: variable.allValue,
    defaultToAll: Boolean(variable.includeAll),
  });
}

function childrenOf({ panels }) {
  const children = [];
  let row;
  for (const panel of panels) {
    if (panel.type === 'row') {
      row = new scenes.SceneGridRow({ key: `panel-${panel.id}`, title: panel.title, y: panel.gridPos.y, children: [] });
      children.push(row);
    } else {
      row.setState({ children: [...row.state.children, itemOf(panel)] });
    }
  }
  return children;
}

function itemOf(panel) {
  const { x, y, w: width, h: height } = panel.gridPos;
  return new scenes.SceneGridItem({ x, y, width, height, body: panelOf(panel) });
}

function panelOf(panel) {
  const queries = panel.targets.map((target) => ({ ...target, panel: panel.title }));
  const runner = new scenes.SceneQueryRunner({ datasource: panel.datasource, queries });
  const { transformations = [] } = panel;
  return new scenes.VizPanel({
    key: `panel-${panel.id}`,
    title: panel.title,
    description: panel.description,
    pluginId: panel.type,
    options: panel.options ?? {},
    fieldConfig: panel.fieldConfig,
    pluginVersion: panel.pluginVersion,
    $data: transformations.length > 0 ? new scenes.SceneDataTransformer({ $data: runner, transformations }) : runner,
  });
}
