import { strict as assert } from 'node:assert';
import { rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { findHierarchies, type Hierarchies, type NodePaths } from '../../../src/kernel/hierarchies.ts';
import { fileTree, type Files } from './file-tree.ts';

const V2 = '31 23 0:26 / /sys/fs/cgroup rw,nosuid shared:8 - cgroup2 cgroup2 rw,nsdelegate\n';
const ROOT = '23 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n';
const PROC = '25 23 0:5 / /proc rw - proc proc rw\n';

/** Line of a v1 mount, without optional fields. */
function v1(controllers: string, directory: string, root = '/'): string {
  return `35 31 0:32 ${root} ${directory} rw,relatime - cgroup cgroup rw,${controllers}\n`;
}

/** Line of a bind mount of a cgroup at `directory`, in the hierarchy of `line`. */
function part(line: string, directory: string): string {
  return line.replace(/ \/ \S+ /, ` /docker/1234 ${directory} `);
}

/** Hierarchies of a node whose files are below `root`, with the node's paths. */
function find(t: TestContext, files: Files, cgroup?: string): Record<string, unknown> {
  const root = fileTree(t, files);
  const paths: NodePaths = {
    procfs: join(root, 'proc'),
    sysfs: join(root, 'sys'),
    rootfs: root,
    ...(cgroup === undefined ? {} : { cgroup: join(root, cgroup) }),
  };
  return describeHierarchies(findHierarchies(paths), root);
}

function describeHierarchies(found: Hierarchies, root: string): Record<string, unknown> {
  const { mode, controllers, unified, unifiedControllers } = found;
  const at = (directory: string): string => `/${relative(root, directory)}`;
  return {
    mode,
    ...(unified === undefined ? {} : { unified: at(unified) }),
    ...(unifiedControllers === undefined ? {} : { beside: [...unifiedControllers].join(' ') }),
    ...Object.fromEntries([...controllers].map(([name, directory]) => [name, at(directory)])),
  };
}

describe('hierarchies by the mounts of PID 1', () => {
  test('v2', (t) => {
    assert.deepEqual(find(t, { 'proc/1/mountinfo': ROOT + PROC + V2, 'sys/fs/cgroup/': '' }), {
      mode: 'v2',
      unified: '/sys/fs/cgroup',
    });
  });

  test('v1, with controllers mounted together and named hierarchies', (t) => {
    const mountinfo =
      ROOT +
      v1('cpu,cpuacct', '/sys/fs/cgroup/cpu,cpuacct') +
      v1('memory', '/sys/fs/cgroup/memory') +
      v1('xattr,name=systemd', '/sys/fs/cgroup/systemd');
    const found = find(t, {
      'proc/1/mountinfo': mountinfo,
      'sys/fs/cgroup/cpu,cpuacct/': '',
      'sys/fs/cgroup/memory/': '',
      'sys/fs/cgroup/systemd/': '',
    });
    assert.equal(found['mode'], 'v1');
    assert.equal(found['unified'], undefined);
    assert.equal(found['cpu'], '/sys/fs/cgroup/cpu,cpuacct');
    assert.equal(found['cpuacct'], '/sys/fs/cgroup/cpu,cpuacct');
    assert.equal(found['memory'], '/sys/fs/cgroup/memory');
    assert.equal(found['name=systemd'], '/sys/fs/cgroup/systemd');
    assert.equal(found['rw'], undefined);
  });

  test('hybrid', (t) => {
    const mountinfo = v1('memory', '/sys/fs/cgroup/memory') + V2.replace('/sys/fs/cgroup', '/sys/fs/cgroup/unified');
    assert.deepEqual(
      find(t, { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/memory/': '', 'sys/fs/cgroup/unified/': '' }),
      { mode: 'hybrid', unified: '/sys/fs/cgroup/unified', memory: '/sys/fs/cgroup/memory' },
    );
  });

  test('controllers split between v1 and v2', (t) => {
    const mountinfo = v1('memory', '/sys/fs/cgroup/memory') + V2.replace('/sys/fs/cgroup', '/sys/fs/cgroup/unified');
    const files = {
      'proc/1/mountinfo': mountinfo,
      'sys/fs/cgroup/memory/': '',
      'sys/fs/cgroup/unified/cgroup.controllers': 'io pids\n',
    };
    const expected = { mode: 'hybrid', unified: '/sys/fs/cgroup/unified', memory: '/sys/fs/cgroup/memory' };
    assert.deepEqual(find(t, files), { ...expected, beside: 'io pids' });
    assert.deepEqual(find(t, { ...files, 'sys/fs/cgroup/unified/cgroup.controllers': '\n' }), {
      ...expected,
      beside: '',
    });
  });

  for (const controllers of ['net_cls,net_prio', 'devices', 'freezer', 'cpuset', 'perf_event', 'none,name=elsewhere']) {
    test(`v2 with a v1 mount of ${controllers} beside it`, (t) => {
      const mountinfo = v1(controllers, '/opt/cgroup') + V2;
      assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/': '', 'opt/cgroup/': '' }), {
        mode: 'v2',
        unified: '/sys/fs/cgroup',
      });
    });
  }

  test('v2 with a named v1 hierarchy beside it, which has no resource controller', (t) => {
    const mountinfo = V2 + v1('name=systemd', '/sys/fs/cgroup/systemd');
    assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/systemd/': '' }), {
      mode: 'v2',
      unified: '/sys/fs/cgroup',
    });
  });

  test('a mount outside of /sys is below the rootfs path', (t) => {
    const mountinfo = V2.replace('/sys/fs/cgroup', '/cgroup2');
    assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'cgroup2/': '' }), { mode: 'v2', unified: '/cgroup2' });
  });

  test('a directory whose name only starts with sys', (t) => {
    const mountinfo = V2.replace('/sys/fs/cgroup', '/system/cgroup');
    assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'system/cgroup/': '' }), {
      mode: 'v2',
      unified: '/system/cgroup',
    });
  });

  test('the first of several mounts is used', (t) => {
    const mountinfo = V2 + V2.replace('/sys/fs/cgroup', '/run/cilium/cgroupv2') + V2.replace(' / /', ' /kubepods /mnt');
    const files = {
      'proc/1/mountinfo': mountinfo,
      'sys/fs/cgroup/': '',
      'run/cilium/cgroupv2/': '',
      'mnt/sys/fs/cgroup/': '',
    };
    assert.deepEqual(find(t, files), { mode: 'v2', unified: '/sys/fs/cgroup' });
  });

  test('a complete mount is preferred over a bind mount of a part', (t) => {
    const v2 = part(V2, '/part') + V2;
    assert.deepEqual(find(t, { 'proc/1/mountinfo': v2, 'part/': '', 'sys/fs/cgroup/': '' }), {
      mode: 'v2',
      unified: '/sys/fs/cgroup',
    });
    const memory = v1('memory', '/sys/fs/cgroup/memory');
    const files = { 'proc/1/mountinfo': part(memory, '/part') + memory, 'part/': '', 'sys/fs/cgroup/memory/': '' };
    assert.deepEqual(find(t, files), { mode: 'v1', memory: '/sys/fs/cgroup/memory' });
  });

  test('a bind mount of a part is used if no complete mount exists, as in a node container', (t) => {
    const mountinfo = v1('memory', '/sys/fs/cgroup/memory', '/docker/1234');
    assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/memory/': '' }), {
      mode: 'v1',
      memory: '/sys/fs/cgroup/memory',
    });
  });

  test('a mount with an invisible directory is skipped', (t) => {
    const mountinfo = V2.replace('/sys/fs/cgroup', '/hidden') + V2;
    assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/': '' }), {
      mode: 'v2',
      unified: '/sys/fs/cgroup',
    });
  });

  test('octal escapes in a path are decoded', (t) => {
    const mountinfo = V2.replace('/sys/fs/cgroup', String.raw`/a\040b\011c\134d\0401`);
    assert.deepEqual(find(t, { 'proc/1/mountinfo': mountinfo, 'a b\tc\\d 1/': '' }), {
      mode: 'v2',
      unified: '/a b\tc\\d 1',
    });
  });

  test('truncated and invalid lines are skipped', (t) => {
    const odd = '\n - \n31 23 0:26 / /sys\ncgroup2\n31 23 0:26 / /x rw - cgroup2\n99 1 0:1 / /y rw - cgroup\n';
    assert.deepEqual(find(t, { 'proc/1/mountinfo': odd + V2, 'sys/fs/cgroup/': '' }), {
      mode: 'v2',
      unified: '/sys/fs/cgroup',
    });
  });
});

describe('hierarchies without the mounts of PID 1', () => {
  test('the own mounts are used with their own paths', (t) => {
    const root = fileTree(t, { 'cgroup/': '' });
    const procfs = fileTree(t, { 'self/mountinfo': V2.replace('/sys/fs/cgroup', join(root, 'cgroup')) });
    const found = findHierarchies({ procfs, sysfs: join(root, 'sys'), rootfs: root });
    assert.deepEqual(describeHierarchies(found, root), { mode: 'v2', unified: '/cgroup' });
  });

  test('else the files at the default path', (t) => {
    assert.deepEqual(find(t, { 'proc/': '', 'sys/fs/cgroup/cgroup.controllers': 'cpu\n' }), {
      mode: 'v2',
      unified: '/sys/fs/cgroup',
      beside: 'cpu',
    });
  });

  test('mounts of other types are ignored', (t) => {
    assert.deepEqual(find(t, { 'proc/1/mountinfo': ROOT + PROC, 'sys/fs/cgroup/memory/': '' }), {
      mode: 'v1',
      memory: '/sys/fs/cgroup/memory',
    });
  });

  test('a missing hierarchy is a one-line error with the searched paths', (t) => {
    assert.throws(
      () => find(t, { 'proc/1/mountinfo': ROOT, 'sys/': '' }),
      (error: Error) => {
        assert.match(error.message, /proc\/1\/mountinfo.*sys\/fs\/cgroup/);
        assert.ok(!error.message.includes('\n'));
        return true;
      },
    );
  });
});

describe('hierarchies by the files below --path.cgroup', () => {
  test('v2 by its controllers', (t) => {
    assert.deepEqual(find(t, { 'c/cgroup.controllers': 'cpu memory\n' }, 'c'), {
      mode: 'v2',
      unified: '/c',
      beside: 'cpu memory',
    });
  });

  test('v2 by its subtree_control, with directories named after controllers', (t) => {
    assert.deepEqual(find(t, { 'c/cgroup.subtree_control': '', 'c/memory/': '' }, 'c'), { mode: 'v2', unified: '/c' });
  });

  test('v1 with joined controllers and a symbolic link to them', (t) => {
    const root = fileTree(t, { 'c/cpu,cpuacct/tasks': '', 'c/memory/': '', 'c/systemd/': '', 'c/cpuset': '' });
    symlinkSync('cpu,cpuacct', join(root, 'c/cpuacct'));
    const found = findHierarchies({ procfs: root, sysfs: root, rootfs: root, cgroup: join(root, 'c') });
    assert.equal(found.mode, 'v1');
    assert.deepEqual([...found.controllers.keys()].toSorted(), ['cpu', 'cpuacct', 'memory', 'name=systemd']);
    assert.match(found.controllers.get('cpuacct') ?? '', /cpuacct$/);
    assert.equal(found.controllers.get('memory'), join(root, 'c/memory'));
  });

  test('hybrid', (t) => {
    assert.deepEqual(find(t, { 'c/memory/': '', 'c/unified/cgroup.procs': '' }, 'c'), {
      mode: 'hybrid',
      unified: '/c/unified',
      memory: '/c/memory',
    });
  });

  test('the mounts of PID 1 are not read', (t) => {
    const files = { 'proc/1/mountinfo': V2, 'sys/fs/cgroup/cgroup.controllers': '', 'c/memory/': '' };
    assert.deepEqual(find(t, files, 'c'), { mode: 'v1', memory: '/c/memory' });
  });

  for (const [what, files] of Object.entries({
    'an empty directory': { 'c/': '' },
    'other directories': { 'c/kubepods/pod1/': '' },
    'a file': { c: '' },
  })) {
    test(`${what} is an error with its path`, (t) => {
      assert.throws(() => find(t, files, 'c'), /no cgroup hierarchy below .*\/c$/);
    });
  }

  test('a missing directory is an error with its path', (t) => {
    const root = fileTree(t);
    rmSync(root, { recursive: true });
    assert.throws(
      () => findHierarchies({ procfs: '/proc', sysfs: '/sys', rootfs: '/', cgroup: root }),
      /no cgroup hierarchy below /,
    );
  });
});
