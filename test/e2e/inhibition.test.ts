import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';

import { field, list } from '../../src/base/untrusted-json.ts';
import { Alertmanager, whyNoAlertmanager } from '../support/alertmanager.ts';
import { until } from '../support/until.ts';

const rules = join(import.meta.dirname, '../../deploy/rules');

function read(name: string): unknown {
  return parse(readFileSync(join(rules, name), 'utf8'));
}

/** Every alert that there is, except those about exporters that are gone. */
const OTHERS = list(field(read('alerts.yaml'), 'groups'))
  .flatMap((group) => list(field(group, 'rules')))
  .map((rule) => String(field(rule, 'alert')))
  .filter((name) => !['PodExporterDown', 'PodExporterAbsent'].includes(name));

/** Of Prometheus, kubernetes-mixin and OpenShift. */
const FOREIGN = ['Watchdog', 'KubePodNotReady', 'PodDisruptionBudgetAtLimit', 'MachineWithoutValidNode'];

describe('the inhibition rules', { skip: whyNoAlertmanager() }, () => {
  let alertmanager: Alertmanager;

  before(async () => {
    alertmanager = await Alertmanager.start(list(field(read('alertmanager.yaml'), 'inhibit_rules')));
  });

  after(() => alertmanager.stop());

  /** Names and nodes of the alerts that others inhibit, as soon as Alertmanager has all of `sent`. */
  async function inhibited(sent: readonly Readonly<Record<string, string>>[]): Promise<readonly string[]> {
    const url = `http://${alertmanager.address}/api/v2/alerts`;
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify(sent.map((labels) => ({ labels })));
    const { status } = await fetch(url, { method: 'POST', headers, body });
    assert.equal(status, 200);
    const alerts = await until(
      'all alerts, none of them unprocessed',
      async () => (await (await fetch(url)).json()) as readonly Alert[],
      (found) => found.length >= sent.length && found.every((alert) => alert.status.state !== 'unprocessed'),
    );
    return alerts
      .filter((alert) => alert.status.inhibitedBy.length > 0)
      .map(({ labels: { alertname, node } }) => `${alertname} ${node}`)
      .toSorted();
  }

  test('while the exporter of a node is down, or no exporter of a cluster is there, only our other alerts are inhibited', async () => {
    assert.ok(OTHERS.length > 10);
    const names = [...OTHERS, ...FOREIGN];
    const other = names.flatMap((alertname) => [
      { alertname, node: 'a' },
      { alertname, node: 'b' },
      { alertname, node: 'c', cluster: 'gone' },
    ]);
    const sources = [
      { alertname: 'PodExporterDown', node: 'a' },
      { alertname: 'PodExporterAbsent', cluster: 'gone' },
    ];
    assert.deepEqual(
      await inhibited([...sources, ...other]),
      OTHERS.flatMap((name) => [`${name} a`, `${name} c`]).toSorted(),
    );
  });
});

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}
