import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CgroupTree } from '../../../src/node/cgroup-tree.ts';
import { ContainerPlaces } from '../../../src/node/container-places.ts';
import { addFiles, fileTree } from '../kernel/file-tree.ts';

const ID = 'a'.repeat(64);

describe('ContainerPlaces', () => {
  test('searches a container that a hierarchy does not have yet in the next two walks', (t) => {
    const root = fileTree(t, { [`pids/docker/${ID}/cgroup.procs`]: '', 'memory/cgroup.procs': '' });
    const [pids, memory] = [join(root, 'pids'), join(root, 'memory')];
    const places = new ContainerPlaces([pids, memory]);
    const tree = new CgroupTree([pids], places);
    tree.walk();
    assert.equal(places.directory(memory, `/docker/${ID}`), `${memory}/docker/${ID}`);
    addFiles(root, { [`memory/system.slice/${ID}/cgroup.procs`]: '' });
    tree.walk();
    assert.equal(places.directory(memory, `/docker/${ID}`), `${memory}/system.slice/${ID}`);
    assert.equal(places.directory(pids, `/docker/${ID}`), `${pids}/docker/${ID}`);
  });

  test('does not search it again after that', (t) => {
    const root = fileTree(t, { [`pids/docker/${ID}/cgroup.procs`]: '', 'memory/cgroup.procs': '' });
    const [pids, memory] = [join(root, 'pids'), join(root, 'memory')];
    const places = new ContainerPlaces([pids, memory]);
    const tree = new CgroupTree([pids], places);
    for (let walk = 0; walk < 3; walk++) tree.walk();
    addFiles(root, { [`memory/system.slice/${ID}/cgroup.procs`]: '' });
    tree.walk();
    assert.equal(places.directory(memory, `/docker/${ID}`), `${memory}/docker/${ID}`);
  });

  test('does not take a container of a pod for one that has its ID', (t) => {
    const root = fileTree(t, {
      [`pids/docker/${ID}/cgroup.procs`]: '',
      [`memory/kubepods/${ID}/cgroup.procs`]: '',
    });
    const [pids, memory] = [join(root, 'pids'), join(root, 'memory')];
    const places = new ContainerPlaces([pids, memory]);
    new CgroupTree([pids], places).walk();
    assert.equal(places.directory(memory, `/docker/${ID}`), `${memory}/docker/${ID}`);
  });
});
