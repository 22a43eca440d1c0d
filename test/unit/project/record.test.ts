import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Kubectl } from '../../../scripts/record-kubectl.ts';
import { redactMachine, redactMounts, redactPods, redactSockets } from '../../../scripts/record-redact.ts';
import { RecordingReport } from '../../../scripts/record-report.ts';
import { fileTree } from '../kernel/file-tree.ts';

describe('a recording', () => {
  test('has of a pod only what is listed, and reports the rest', () => {
    const report = new RecordingReport();
    const own = {
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid: 'u',
        labels: { app: 'web' },
        annotations: {
          'kubernetes.io/config.hash': 'h',
          'kubectl.kubernetes.io/last-applied-configuration': '{"password":"hunter2"}',
        },
        managedFields: [{}],
      },
      spec: {
        nodeName: 'node1',
        containers: [
          { name: 'app', image: 'i', env: [{ name: 'TOKEN', value: 'hunter2' }], args: ['--password=hunter2'] },
        ],
        volumes: [
          { name: 'creds', secret: { secretName: 'hunter2' } },
          { name: 'scratch', emptyDir: { medium: 'Memory' } },
          { name: 'data', persistentVolumeClaim: { claimName: 'data-web' } },
          { name: 'later', csi: { driver: 'd', volumeAttributes: { key: 'hunter2' } } },
        ],
        aFieldThatComesLater: 'hunter2',
      },
      status: {
        containerStatuses: [
          {
            name: 'app',
            containerID: 'containerd://c',
            state: { terminated: { reason: 'Error', message: 'hunter2' } },
          },
        ],
      },
    };
    const other = { metadata: { name: 'hunter2' }, spec: { nodeName: 'node2' } };
    const redacted = redactPods({ items: [own, other] }, 'node1', report);
    assert.deepEqual(redacted, {
      apiVersion: 'v1',
      kind: 'PodList',
      items: [
        {
          metadata: {
            name: 'web',
            namespace: 'shop',
            uid: 'u',
            labels: { app: 'web' },
            annotations: { 'kubernetes.io/config.hash': 'h' },
          },
          spec: {
            nodeName: 'node1',
            containers: [{ name: 'app', image: 'i' }],
            volumes: [
              { name: 'creds', secret: {} },
              { name: 'scratch', emptyDir: { medium: 'Memory' } },
              { name: 'data', persistentVolumeClaim: { claimName: 'data-web' } },
              { name: 'later', csi: {} },
            ],
          },
          status: {
            containerStatuses: [
              { name: 'app', containerID: 'containerd://c', state: { terminated: { reason: 'Error' } } },
            ],
          },
        },
      ],
    });
    assert.deepEqual(
      report.removed.map((line) => line.split(': ').slice(0, 2).join(': ')),
      [
        'pods.json: metadata.annotations.kubectl.kubernetes.io/last-applied-configuration',
        'pods.json: metadata.managedFields',
        'pods.json: pods of other nodes',
        'pods.json: spec.aFieldThatComesLater',
        'pods.json: spec.containers[].args',
        'pods.json: spec.containers[].env',
        'pods.json: spec.volumes[].csi.driver',
        'pods.json: spec.volumes[].csi.volumeAttributes',
        'pods.json: spec.volumes[].secret.secretName',
        'pods.json: status.containerStatuses[].state.terminated.message',
      ],
    );
    assert.ok(report.removed.includes('pods.json: spec.containers[].args: 1 times, 22 bytes'));
  });

  test('has the states of sockets and not their addresses', () => {
    const report = new RecordingReport();
    const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
    const rest = '01 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 20 4 30 10 -1\n';
    const ipv6 = '0000000000000000FFFF00000100007F';
    const table = `${head}   0: 0100007F:1F90 0200000A:D431 ${rest}  11: ${ipv6}:1F90 ${ipv6}:D431 ${rest}`;
    const zeros = '0'.repeat(32);
    assert.equal(
      redactSockets(table, report),
      `${head}   0: 00000000:0000 00000000:0000 ${rest}  11: ${zeros}:0000 ${zeros}:0000 ${rest}`,
    );
    assert.deepEqual(report.removed, ['net/tcp, net/tcp6: addresses and ports, replaced by zeros: 2 times, 102 bytes']);
  });

  test('has the options of local file systems alone', () => {
    const report = new RecordingReport();
    const kept = [
      '31 23 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
      '40 23 0:30 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/b,workdir=/c',
      '41 23 0:31 / /tmp rw - tmpfs tmpfs rw',
      '42 23 0:32 / /odd - name rw shared:1 - nfs4 server:/export rw',
    ].map((line) => `${line}\n`);
    const share = '43 23 0:33 / /share rw shared:2 - cifs //server/share rw,username=a,password=hunter2\n';
    assert.equal(
      redactMounts([...kept, share].join(''), report),
      [...kept, '43 23 0:33 / /share rw shared:2 - cifs //server/share rw\n'].join(''),
    );
    assert.deepEqual(report.removed, ['mountinfo: options of cifs: 1 times, 28 bytes']);
  });

  test("has the kubelet's metrics without what identifies the machine", () => {
    const report = new RecordingReport();
    assert.equal(
      redactMachine('machine_cpu_cores{boot_id="b",machine_id="m1",system_uuid=""} 2\n', report),
      'machine_cpu_cores{boot_id="b",machine_id="removed",system_uuid=""} 2\n',
    );
    assert.deepEqual(report.removed, ['kubelet: label machine_id: 1 times, 2 bytes']);
  });

  test('counts what could not be read', () => {
    const report = new RecordingReport();
    for (const what of ['memory.stat: EIO', 'cpu.stat: EACCES', 'memory.stat: EIO']) report.skip(what);
    assert.deepEqual(report.unread, ['cpu.stat: EACCES: 1 times', 'memory.stat: EIO: 2 times']);
  });
});

describe('kubectl', () => {
  test('is asked with the kubeconfig, and its error is one line', (t) => {
    const script = '#!/bin/sh\nif [ "$2" = fail ]; then echo one >&2; echo two >&2; exit 1; fi\necho "[\\"$*\\"]"\n';
    const root = fileTree(t, { kubectl: script });
    chmodSync(join(root, 'kubectl'), 0o755);
    writeFileSync(join(root, 'config'), '');
    const { PATH } = process.env;
    t.after(() => {
      process.env['PATH'] = PATH;
    });
    process.env['PATH'] = `${root}:${PATH}`;
    const kubectl = new Kubectl(join(root, 'config'));
    assert.deepEqual(kubectl.json('get', 'pods'), [`--kubeconfig=${join(root, 'config')} get pods --output=json`]);
    assert.deepEqual(new Kubectl(undefined).json('get', 'pods'), ['get pods --output=json']);
    assert.match(
      kubectl.kubelet('node1', '/metrics/cadvisor'),
      /get --raw \/api\/v1\/nodes\/node1\/proxy\/metrics\/cadvisor/,
    );
    assert.throws(() => kubectl.json('fail'), { message: 'kubectl fail --output=json: two' });
    process.env['PATH'] = '/nowhere';
    assert.throws(() => kubectl.json('get'), /^Error: cannot start kubectl: .*ENOENT/);
  });
});
