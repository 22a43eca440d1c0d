import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { CgroupTree, type CgroupInventory } from '../../../src/node/cgroup-tree.ts';
import { addFiles, fileTree } from '../kernel/file-tree.ts';

const UID = '2c48913c-b29f-11e7-9350-020968147796';
const UNDERSCORED = UID.replaceAll('-', '_');
const OTHER_UID = '00000000-b29f-11e7-9350-020968147796';
const HASH = '5a7e4f1d8c3b2a69f0e1d2c3b4a59687';
const ID = 'a'.repeat(64);
const OTHER_ID = 'b'.repeat(64);

type Found = readonly (readonly [uid: string, qos: string | undefined, path: string, ids: readonly string[]])[];

/** Walks a tree with these directories and cgroup interface files in each. */
function walk(t: TestContext, directories: readonly string[]): CgroupInventory {
  const files = directories.flatMap((path) => [join(path, 'cgroup.procs'), join(path, 'cgroup.controllers')]);
  return new CgroupTree([fileTree(t, Object.fromEntries(files.map((path) => [path, ''])))]).walk();
}

function podsOf({ pods }: CgroupInventory): Found {
  return pods.map(({ uid, qos, path, containers }) => [uid, qos, path, containers.map(({ id }) => id)]);
}

interface Dialect {
  readonly directories: readonly string[];
  readonly pods: Found;
  readonly slices: readonly string[];
}

/** The cgroups of one pod from top to bottom, in a layout in which each name contains those of its ancestors. */
function systemdPod(above: string, prefix: string, qos: string): string {
  const kubepods = `${above}/${prefix}kubepods.slice`;
  if (qos === '') return `${kubepods}/${prefix}kubepods-pod${UNDERSCORED}.slice`;
  return `${kubepods}/${prefix}kubepods-${qos}.slice/${prefix}kubepods-${qos}-pod${UNDERSCORED}.slice`;
}

const GUARANTEED = systemdPod('', '', '');
const BURSTABLE = systemdPod('', '', 'burstable');
const KIND = systemdPod('/kubelet.slice', 'kubelet-', 'besteffort');
const K3S_ROOTLESS = '/user.slice/user-1000.slice/user@1000.service/app.slice/k3s-rootless.service/kubepods';

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'systemd driver, Guaranteed, containerd': {
    directories: ['init.scope', 'system.slice/kubelet.service', `${GUARANTEED}/cri-containerd-${ID}.scope`],
    pods: [[UID, 'Guaranteed', GUARANTEED, [ID]]],
    slices: ['/', '/init.scope', '/system.slice', '/kubepods.slice'],
  },
  'systemd driver, Burstable, CRI-O with its monitor': {
    directories: [`${BURSTABLE}/crio-${ID}.scope`, `${BURSTABLE}/crio-conmon-${OTHER_ID}.scope`],
    pods: [[UID, 'Burstable', BURSTABLE, [ID]]],
    slices: ['/', '/kubepods.slice', '/kubepods.slice/kubepods-burstable.slice'],
  },
  'systemd driver, BestEffort, docker': {
    directories: [`${systemdPod('', '', 'besteffort')}/docker-${ID}.scope`],
    pods: [[UID, 'BestEffort', systemdPod('', '', 'besteffort'), [ID]]],
    slices: ['/', '/kubepods.slice', '/kubepods.slice/kubepods-besteffort.slice'],
  },
  'systemd driver, static pod': {
    directories: [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${HASH}.slice/cri-containerd-${ID}.scope`,
    ],
    pods: [[HASH, 'Burstable', `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${HASH}.slice`, [ID]]],
    slices: ['/', '/kubepods.slice', '/kubepods.slice/kubepods-burstable.slice'],
  },
  'systemd driver, static pod with a UID from its manifest': {
    directories: [`/kubepods.slice/kubepods-podkube_vip_static.slice/cri-containerd-${ID}.scope`],
    pods: [['kube-vip-static', 'Guaranteed', '/kubepods.slice/kubepods-podkube_vip_static.slice', [ID]]],
    slices: ['/', '/kubepods.slice'],
  },
  'cgroupfs driver, Guaranteed, two containers': {
    directories: [`kubepods/pod${UID}/${ID}`, `kubepods/pod${UID}/${OTHER_ID}`],
    pods: [[UID, 'Guaranteed', `/kubepods/pod${UID}`, [ID, OTHER_ID]]],
    slices: ['/', '/kubepods'],
  },
  'cgroupfs driver, Burstable, CRI-O': {
    directories: [`kubepods/burstable/pod${UID}/crio-${ID}`, `kubepods/burstable/pod${UID}/crio-conmon-${OTHER_ID}`],
    pods: [[UID, 'Burstable', `/kubepods/burstable/pod${UID}`, [ID]]],
    slices: ['/', '/kubepods', '/kubepods/burstable'],
  },
  'cgroupfs driver, BestEffort, podman': {
    directories: [`kubepods/besteffort/pod${UID}/libpod-${ID}.scope`],
    pods: [[UID, 'BestEffort', `/kubepods/besteffort/pod${UID}`, [ID]]],
    slices: ['/', '/kubepods', '/kubepods/besteffort'],
  },
  'cgroupfs driver, static pod with a UID that looks like the ID of a container': {
    directories: [`kubepods/besteffort/podx-${OTHER_ID}/${ID}`],
    pods: [[`x-${OTHER_ID}`, 'BestEffort', `/kubepods/besteffort/podx-${OTHER_ID}`, [ID]]],
    slices: ['/', '/kubepods', '/kubepods/besteffort'],
  },
  'Kata, with a cgroup of the sandbox alone': {
    directories: [`kubepods/besteffort/pod${UID}/kata_${ID}`, `kata_overhead/${ID}`],
    pods: [[UID, 'BestEffort', `/kubepods/besteffort/pod${UID}`, [ID]]],
    slices: ['/', '/kata_overhead', '/kubepods', '/kubepods/besteffort'],
  },
  'cgroupfs driver, static pod': {
    directories: [`kubepods/burstable/pod${HASH}/${ID}`],
    pods: [[HASH, 'Burstable', `/kubepods/burstable/pod${HASH}`, [ID]]],
    slices: ['/', '/kubepods', '/kubepods/burstable'],
  },
  'a pod without containers': {
    directories: [`kubepods/pod${UID}`],
    pods: [[UID, 'Guaranteed', `/kubepods/pod${UID}`, []]],
    slices: ['/', '/kubepods'],
  },
  'kubepods without pods': {
    directories: ['kubepods/burstable', 'kubepods/besteffort', 'system.slice'],
    pods: [],
    slices: ['/', '/system.slice', '/kubepods', '/kubepods/besteffort', '/kubepods/burstable'],
  },
  'kind: kubepods below another slice': {
    directories: [`${KIND}/cri-containerd-${ID}.scope`, 'kubelet.slice/kubelet.service'],
    pods: [[UID, 'BestEffort', KIND, [ID]]],
    slices: [
      '/',
      '/kubelet.slice',
      '/kubelet.slice/kubelet-kubepods.slice',
      '/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice',
    ],
  },
  'kind with the cgroupfs driver': {
    directories: [`kubelet/kubepods/burstable/pod${UID}/${ID}`],
    pods: [[UID, 'Burstable', `/kubelet/kubepods/burstable/pod${UID}`, [ID]]],
    slices: ['/', '/kubelet', '/kubelet/kubepods', '/kubelet/kubepods/burstable'],
  },
  'a node in a container, seen from the machine it runs on (kind, minikube)': {
    directories: [`system.slice/docker-${OTHER_ID}.scope/kubelet/kubepods/pod${UID}/${ID}`],
    pods: [[UID, 'Guaranteed', `/system.slice/docker-${OTHER_ID}.scope/kubelet/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/system.slice', `/system.slice/docker-${OTHER_ID}.scope/kubelet/kubepods`],
  },
  'a node in a docker container of the cgroupfs driver': {
    directories: [`docker/${OTHER_ID}/kubepods/pod${UID}/${ID}`],
    pods: [[UID, 'Guaranteed', `/docker/${OTHER_ID}/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/docker', `/docker/${OTHER_ID}/kubepods`],
  },
  'several nodes in containers of one machine (k3d, kind)': {
    directories: [
      `docker/${ID}/kubepods/pod${UID}/${ID}`,
      `docker/${'c'.repeat(64)}`,
      `docker/${OTHER_ID}/kubelet/kubepods/pod${OTHER_UID}/${OTHER_ID}`,
    ],
    pods: [
      [UID, 'Guaranteed', `/docker/${ID}/kubepods/pod${UID}`, [ID]],
      [OTHER_UID, 'Guaranteed', `/docker/${OTHER_ID}/kubelet/kubepods/pod${OTHER_UID}`, [OTHER_ID]],
    ],
    slices: ['/', '/docker', `/docker/${ID}/kubepods`, `/docker/${OTHER_ID}/kubelet/kubepods`],
  },
  '--cgroup-root': {
    directories: [`kubepods-test/kubepods/pod${UID}/${ID}`],
    pods: [[UID, 'Guaranteed', `/kubepods-test/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/kubepods-test', '/kubepods-test/kubepods'],
  },
  'k3s rootless': {
    directories: [`${K3S_ROOTLESS}/burstable/pod${UID}/${ID}`],
    pods: [[UID, 'Burstable', `${K3S_ROOTLESS}/burstable/pod${UID}`, [ID]]],
    slices: ['/', '/user.slice', K3S_ROOTLESS, `${K3S_ROOTLESS}/burstable`],
  },
  'kubepods of a node that runs inside a container': {
    directories: [`kubepods/pod${UID}/${ID}/kubepods/pod${OTHER_UID}/${OTHER_ID}`],
    pods: [[UID, 'Guaranteed', `/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/kubepods'],
  },
  'kubepods in a docker container beside a real node': {
    directories: [`kubepods/pod${UID}/${ID}`, `docker/${OTHER_ID}/kubepods/pod${OTHER_UID}/${OTHER_ID}`],
    pods: [[UID, 'Guaranteed', `/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/docker', '/kubepods'],
  },
  'mounts and monitors beside pods': {
    directories: ['kubepods/x.mount', 'boot.mount', `kubepods/pod${UID}/${ID}`, 'dev-hugepages.mount/kubepods'],
    pods: [[UID, 'Guaranteed', `/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/kubepods'],
  },
  'what is no pod inside kubepods': {
    directories: [`kubepods/pod${UID}/${ID}`, 'kubepods/pod', 'kubepods/other', `kubepods/${OTHER_UID}`],
    pods: [[UID, 'Guaranteed', `/kubepods/pod${UID}`, [ID]]],
    slices: ['/', '/kubepods'],
  },
  'docker alone, cgroupfs driver': {
    directories: [`docker/${ID}/init`, `docker/${OTHER_ID}`],
    pods: [],
    slices: ['/', '/docker', `/docker/${ID}/init`],
  },
  'docker alone, systemd driver': {
    directories: [`system.slice/docker-${ID}.scope`, 'system.slice/docker.service', 'boot.mount'],
    pods: [],
    slices: ['/', '/system.slice', '/system.slice/docker.service'],
  },
  'systemd alone': {
    directories: ['init.scope', 'system.slice/ssh.service', 'user.slice/user-0.slice/session-1.scope', '-.mount'],
    pods: [],
    slices: [
      '/',
      '/init.scope',
      '/system.slice',
      '/system.slice/ssh.service',
      '/user.slice',
      '/user.slice/user-0.slice',
      '/user.slice/user-0.slice/session-1.scope',
    ],
  },
  'nothing at all': { directories: ['.'], pods: [], slices: ['/'] },
};

describe('CgroupTree with each naming scheme', () => {
  for (const [dialect, { directories, pods, slices }] of Object.entries(DIALECTS)) {
    test(dialect, (t) => {
      const found = walk(t, directories);
      assert.deepEqual(podsOf(found), pods);
      assert.deepEqual(found.slices.toSorted(), slices.toSorted());
    });
  }
});

describe('CgroupTree', () => {
  test('returns the paths of kubepods', (t) => {
    assert.deepEqual(walk(t, [`${KIND}/cri-containerd-${ID}.scope`]).kubepodsRoots, [
      '/kubelet.slice/kubelet-kubepods.slice',
    ]);
    assert.deepEqual(walk(t, ['system.slice']).kubepodsRoots, []);
  });

  test('returns containers outside of pods, and what their paths contain', (t) => {
    const pod = `kubepods-besteffort-pod${UNDERSCORED}.slice`;
    const names = [
      `${pod}:cri-containerd:${ID}`,
      `${pod}/${ID}`,
      `docker/${ID}`,
      `kubepods/crio-${OTHER_ID}.scope`,
      `system.slice/docker-${ID}.scope`,
    ];
    const tree = fileTree(
      t,
      Object.fromEntries([...names, `kubepods/pod${UID}/${ID}`].map((name) => [`${name}/cgroup.procs`, ''])),
    );
    const found = new CgroupTree([tree]).walk().outside;
    const where = { mount: tree, isNested: false };
    const ofPod = { ofKubernetes: true, podUid: UID };
    assert.deepEqual(
      found.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
      [
        { id: ID, path: `/docker/${ID}`, ofKubernetes: false, ...where },
        { id: ID, path: `/${pod}/${ID}`, ...ofPod, ...where },
        { id: ID, path: `/${pod}:cri-containerd:${ID}`, ...ofPod, ...where },
        { id: OTHER_ID, path: `/kubepods/crio-${OTHER_ID}.scope`, ofKubernetes: true, ...where },
        { id: ID, path: `/system.slice/docker-${ID}.scope`, ofKubernetes: false, ...where },
      ],
    );
  });

  test('returns the same object for a container outside of pods in the next walk', (t) => {
    const tree = new CgroupTree([fileTree(t, { [`docker/${ID}/cgroup.procs`]: '', 'kubepods/cgroup.procs': '' })]);
    const [first] = tree.walk().outside;
    assert.equal(tree.walk().outside[0], first);
    assert.equal(first?.id, ID);
  });

  test('returns containers that are nodes if the machine has pods of its own', (t) => {
    const own = `kubepods/pod${UID}/${ID}`;
    const nested = [
      `docker/${ID}/kubepods/pod${OTHER_UID}`,
      `docker/${OTHER_ID}/kubelet.slice/kubelet-kubepods.slice`,
      `system.slice/docker-${ID}.scope/init`,
    ];
    assert.deepEqual(walk(t, [own, ...nested]).nestedNodes, [`/docker/${ID}`, `/docker/${OTHER_ID}`]);
    assert.deepEqual(walk(t, nested).nestedNodes, []);
  });

  test('finds a container that becomes a node later', (t) => {
    const root = fileTree(t, { 'kubepods/cgroup.procs': '', [`docker/${ID}/a/b`]: '', [`docker/${OTHER_ID}/a/b`]: '' });
    const tree = new CgroupTree([root]);
    assert.deepEqual(tree.walk().nestedNodes, []);
    addFiles(root, { [`docker/${OTHER_ID}/kubepods/cgroup.procs`]: '', [`docker/${ID}/kubepods/cgroup.procs`]: '' });
    tree.walk();
    assert.equal(tree.walk().nestedNodes.length, 2);
  });

  test('walks the hierarchy with pods if an earlier one has only empty kubepods', (t) => {
    const root = fileTree(t, { 'pids/kubepods/cgroup.procs': '', [`unified/kubepods/pod${UID}/cgroup.procs`]: '' });
    const tree = new CgroupTree([join(root, 'pids'), join(root, 'unified')]);
    assert.equal(tree.walk().pods.length, 1);
    assert.equal(tree.directory, join(root, 'unified'));
  });

  test('the path of a container is below that of its pod', (t) => {
    const [pod] = walk(t, [`${BURSTABLE}/crio-${ID}.scope`]).pods;
    assert.deepEqual(pod?.containers, [{ id: ID, path: `${BURSTABLE}/crio-${ID}.scope` }]);
  });

  test('does not search for kubepods below the maximum depth', (t) => {
    const pod = `kubepods/pod${UID}/${ID}`;
    assert.equal(walk(t, [`${'x/'.repeat(8)}${pod}`]).pods.length, 1);
    assert.equal(walk(t, [`${'x/'.repeat(40)}${pod}`]).pods.length, 0);
  });

  test('limits the number of slices', (t) => {
    const found = walk(
      t,
      Array.from({ length: 1200 }, (_, index) => `user.slice/session-${index}.scope`),
    );
    assert.equal(found.slices.length, 1000);
    assert.deepEqual(found.slices.slice(0, 2), ['/', '/user.slice']);
  });

  test('walks the first hierarchy with kubepods', (t) => {
    const root = fileTree(t, {
      [`memory/kubepods/pod${UID}/${ID}/cgroup.procs`]: '',
      'pids/system.slice/cgroup.procs': '',
      [`cpu/kubepods/pod${OTHER_UID}/cgroup.procs`]: '',
    });
    const found = new CgroupTree(['pids', 'memory', 'cpu'].map((name) => join(root, name))).walk();
    assert.deepEqual(podsOf(found), [[UID, 'Guaranteed', `/kubepods/pod${UID}`, [ID]]]);
  });

  test('returns the slices of all hierarchies once if none has kubepods', (t) => {
    const root = fileTree(t, { 'memory/system.slice/a.service/': '', 'pids/system.slice/': '', 'cpu/docker/': '' });
    const found = new CgroupTree(['pids', 'memory', 'cpu', 'missing'].map((name) => join(root, name))).walk();
    assert.deepEqual(found.slices.toSorted(), ['/', '/docker', '/system.slice', '/system.slice/a.service']);
  });

  test('returns nothing for a missing hierarchy', () => {
    assert.deepEqual(new CgroupTree(['/nonexistent/cgroup']).walk().pods, []);
    assert.deepEqual(new CgroupTree([]).walk(), {
      pods: [],
      duplicates: 0,
      slices: [],
      kubepodsRoots: [],
      outside: [],
      nestedNodes: [],
    });
  });
});

describe('cgroups that a user of the node made below user.slice', () => {
  const FORGED = '/user.slice/user-1000.slice/user@1000.service';

  test('are neither pods nor containers of a node whose kubepods is elsewhere', (t) => {
    const inventory = walk(t, [
      `${BURSTABLE}/cri-containerd-${ID}.scope`,
      `${FORGED}${BURSTABLE}/cri-containerd-${OTHER_ID}.scope`,
      `${FORGED}/kubepods/pod${OTHER_UID}/${OTHER_ID}`,
      `${FORGED}/crio-${OTHER_ID}.scope`,
    ]);
    assert.deepEqual(podsOf(inventory), [[UID, 'Burstable', BURSTABLE, [ID]]]);
    assert.deepEqual([inventory.outside, inventory.kubepodsRoots], [[], ['/kubepods.slice']]);
    assert.equal(inventory.duplicates, 2);
  });

  test('are those of the node if all of Kubernetes is below it', (t) => {
    const inventory = walk(t, [`${K3S_ROOTLESS}/pod${UID}/${ID}`]);
    assert.deepEqual(
      inventory.pods.map(({ uid }) => uid),
      [UID],
    );
    assert.equal(inventory.duplicates, 0);
  });
});

describe('of the cgroups with the UID of one pod, that of the kubelet is measured', () => {
  const OWN = `${BURSTABLE}/cri-containerd-${ID}.scope`;
  /** Shorter paths than those of the systemd driver. */
  const MADE_BY_OTHERS = [
    '/lxc.payload.c1/kubepods',
    '/lxc/c1/kubepods',
    '/machine.slice/machine-c1.scope/payload/kubepods',
    '/system.slice/a.service/kubepods',
  ];
  for (const root of MADE_BY_OTHERS) {
    for (const below of ['', '/container', '/container/init.scope']) {
      test(`beside ${root}, with its processes in the cgroup of the container${below}`, (t) => {
        const pod = `${root}/pod${UID}`;
        const tree = fileTree(t, {
          [`${OWN}/cgroup.procs`]: '',
          [`${OWN}${below}/cgroup.procs`]: '200\n',
          [`${pod}/cgroup.procs`]: '300\n',
          [`${pod}/${OTHER_ID}/cgroup.procs`]: '300\n',
        });
        const inventory = new CgroupTree([tree]).walk();
        assert.deepEqual(podsOf(inventory), [[UID, 'Burstable', BURSTABLE, [ID]]]);
        assert.equal(inventory.duplicates, 1);
      });
    }
  }

  test('even while it has no processes, beside a container of the node', (t) => {
    const pod = `/lxc.payload.c1/kubepods/pod${UID}`;
    const tree = fileTree(t, { [`${OWN}/cgroup.procs`]: '', [`${pod}/${OTHER_ID}/cgroup.procs`]: '300\n' });
    assert.deepEqual(podsOf(new CgroupTree([tree]).walk()), [[UID, 'Burstable', BURSTABLE, [ID]]]);
  });
});
