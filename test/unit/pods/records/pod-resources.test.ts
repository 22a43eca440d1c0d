import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { readPodResources } from '../../../../src/pods/records/pod-resources.ts';

interface Container {
  readonly name: string;
  readonly resources?: object;
  readonly restartPolicy?: string;
}

const requesting = (name: string, cpu: string, more: object = {}): Container => ({
  name,
  resources: { requests: { cpu } },
  ...more,
});

const MEBIBYTE = 2 ** 20;

describe('resources of a pod', () => {
  test('without its own, requests and limits are the sums of the containers', () => {
    const containers = [
      { name: 'a', resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } } },
      { name: 'b', resources: { requests: { cpu: '200m', 'ephemeral-storage': '1Gi' } } },
    ];
    assert.deepEqual(readPodResources({ spec: { containers } }), {
      requests: { cpu: 0.3, memory: 64 * MEBIBYTE, ephemeralStorage: 1024 * MEBIBYTE },
      limits: { memory: 128 * MEBIBYTE },
    });
    assert.deepEqual(readPodResources({ spec: { containers: [{ name: 'a' }] } }), { requests: {}, limits: {} });
  });

  test('an init container runs alone but for the sidecars before it', () => {
    const sidecar = { restartPolicy: 'Always' };
    const containers = [requesting('app', '100m')];
    const cases: readonly (readonly [initContainers: readonly Container[], cpu: number])[] = [
      [[requesting('i', '50m')], 0.1],
      [[requesting('i', '300m')], 0.3],
      [[requesting('s', '20m', sidecar), requesting('i', '300m')], 0.32],
      [[requesting('i', '300m'), requesting('s', '20m', sidecar)], 0.3],
      [[requesting('s', '250m', sidecar), requesting('t', '20m', sidecar)], 0.37],
    ];
    for (const [initContainers, cpu] of cases) {
      const { requests } = readPodResources({ spec: { containers, initContainers } });
      assert.deepEqual(requests, { cpu }, JSON.stringify(initContainers));
    }
  });

  test('its own amount replaces the sum, per resource, and is kept for the containers that inherit it', () => {
    const spec = {
      containers: [{ name: 'a', resources: { requests: { cpu: '30m', memory: '16Mi' } } }, { name: 'b' }],
      resources: { requests: { cpu: '120m' }, limits: { cpu: '400m', memory: '128Mi' } },
    };
    const limits = { cpu: 0.4, memory: 128 * MEBIBYTE };
    assert.deepEqual(readPodResources({ spec }), {
      requests: { cpu: 0.12, memory: 16 * MEBIBYTE },
      limits,
      ownLimits: limits,
    });
    const { requests, ownLimits } = readPodResources({
      spec: { ...spec, resources: { requests: { 'example.com/gpu': '1' } } },
    });
    assert.deepEqual([requests, ownLimits], [{ cpu: 0.03, memory: 16 * MEBIBYTE }, undefined]);
  });

  test('overhead is added to requests, and to limits that exist', () => {
    const spec = {
      containers: [{ name: 'a', resources: { requests: { cpu: '1' }, limits: { cpu: '2' } } }],
      overhead: { cpu: '250m', memory: '120Mi' },
    };
    assert.deepEqual(readPodResources({ spec }), {
      requests: { cpu: 1.25, memory: 120 * MEBIBYTE },
      limits: { cpu: 2.25 },
    });
  });

  test('during a resize the largest of desired, allocated and actual amounts counts', () => {
    const spec = { containers: [requesting('a', '300m')] };
    const status = (cpu: object, conditions: readonly object[] = []): object => ({
      containerStatuses: [{ name: 'a', ...cpu }],
      conditions,
    });
    const down = status({ allocatedResources: { cpu: '300m' }, resources: { requests: { cpu: '500m' } } });
    const up = { allocatedResources: { cpu: '100m' }, resources: { requests: { cpu: '100m' } } };
    const pending = (reason: string): object[] => [{ type: 'PodResizePending', status: 'True', reason }];
    const cpuOf = (of: object): number | undefined => readPodResources({ spec, status: of }).requests.cpu;
    assert.equal(cpuOf(down), 0.5);
    assert.equal(cpuOf(status(up, pending('Deferred'))), 0.3);
    assert.equal(cpuOf(status(up, pending('Infeasible'))), 0.1);
    assert.equal(cpuOf(status({}, pending('Infeasible'))), undefined);
  });

  test('amounts that the kubelet reports for the whole pod count', () => {
    const spec = {
      containers: [requesting('a', '50m')],
      resources: { requests: { cpu: '200m' }, limits: { memory: '64Mi' } },
    };
    const status = {
      allocatedResources: { cpu: '300m' },
      resources: { requests: { cpu: '250m' }, limits: { memory: '96Mi' } },
    };
    assert.deepEqual(readPodResources({ spec, status }), {
      requests: { cpu: 0.3 },
      limits: { memory: 96 * MEBIBYTE },
      ownLimits: { memory: 96 * MEBIBYTE },
    });
  });

  test('what is not a pod has none', () => {
    for (const pod of [undefined, 7, [], { spec: { containers: 'x', overhead: [], resources: 'y' }, status: 3 }]) {
      assert.deepEqual(readPodResources(pod), { requests: {}, limits: {} });
    }
  });
});
