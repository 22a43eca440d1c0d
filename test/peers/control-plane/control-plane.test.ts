import { after, before, describe } from 'node:test';
import { ControlPlane } from '../../support/control-plane.ts';
import { prepareCluster } from './cluster.ts';
import { testDelegatedAuth } from './delegated-auth.ts';
import { testChart, testManifests } from './manifests.ts';
import { testRights } from './rights.ts';

/** kube-apiserver and etcd, with what `deploy/` and the chart create. */
describe('a real control plane', () => {
  let plane: ControlPlane;

  before(async () => {
    plane = await ControlPlane.start();
    await prepareCluster(plane);
  });

  after(async () => {
    await plane.stop();
  });

  testRights(() => plane);
  testManifests(() => plane);
  testChart(() => plane);
  testDelegatedAuth(() => plane);
});
