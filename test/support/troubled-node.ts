import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Cleanup } from './cleanup.ts';
import { HungMount, whyNoHungMount } from './hung-mount.ts';
import { podAddress } from './network.ts';
import { nodePods } from './node-pods.ts';
import { withVolumes } from './pod-volumes.ts';
import { whyNoStandIn } from './requirements.ts';
import type { RunningPod } from './running-pod.ts';
import { StandInNode } from './stand-in-node.ts';
import { type Argv, idle, sendTraffic } from './workloads.ts';

/** A stand-in node on which something is wrong with several pods, and the flags of an exporter for it. */
export interface TroubledNode {
  readonly node: StandInNode;
  readonly flags: readonly string[];
  /** Mounts the volumes of the other pods for the exporter. */
  readonly wrapper: Argv;
}

/** Why no such node can be made on this machine, as a test's reason to be skipped. */
export function whyNoTroubledNode(): string | undefined {
  const shaped = spawnSync('unshare', ['--net', 'tc', ...shaping('lo')]);
  return whyNoStandIn() ?? whyNoHungMount() ?? (shaped.status === 0 ? undefined : 'needs tc (iproute2) and sch_tbf');
}

/**
 * The pods of a stand-in node, of which `throttled` is throttled and `oom` and `oom-child` are OOM-killed, with two
 * more: the network of `lossy` drops packets, and the file server of a volume of `stuck` does not answer.
 */
export async function startTroubledNode(cleanup: Cleanup): Promise<TroubledNode> {
  const node = await StandInNode.create();
  cleanup.defer(() => node.stop());
  await node.addPods(nodePods({ folder: node.tree.folder, oomPeriod: 1 }));
  await addLossyPod(node);
  const kubelet = join(node.tree.folder, 'kubelet');
  const stuck = await addStuckPod(node, kubelet, cleanup);
  const flags = [
    '--pods=api',
    `--kubeconfig=${node.kubeconfigPath}`,
    `--node-name=${node.nodeName}`,
    `--path.cgroup=${node.tree.view()}`,
    `--path.kubelet=${kubelet}`,
  ];
  return {
    node,
    flags,
    wrapper: withVolumes(
      kubelet,
      node.pods.filter((pod) => pod !== stuck),
    ),
  };
}

/** Sends to the first web pod through a queue that is too short. */
async function addLossyPod(node: StandInNode): Promise<void> {
  const pod = await node.addPod({
    namespace: 'shop',
    name: 'lossy',
    containers: [{ name: 'sender', argv: sendTraffic([podAddress(0)]) }],
  });
  await promisify(execFile)('nsenter', [`--net=/proc/${pod.pausePid}/ns/net`, 'tc', ...shaping('eth0')]);
}

function shaping(device: string): readonly string[] {
  return `qdisc add dev ${device} root tbf rate 2mbit burst 3k limit 4k`.split(' ');
}

async function addStuckPod(node: StandInNode, kubelet: string, cleanup: Cleanup): Promise<RunningPod> {
  const pod = await node.addPod({
    namespace: 'shop',
    name: 'stuck',
    volumes: [{ name: 'archive', claim: 'archive', sizeMebibytes: 1, usedMebibytes: 0 }],
    containers: [{ name: 'reader', argv: idle() }],
  });
  const point = join(kubelet, 'pods', pod.uid, 'volumes', 'kubernetes.io~csi', 'pvc-archive', 'mount');
  mkdirSync(point, { recursive: true });
  const hung = await HungMount.at(point);
  cleanup.defer(() => hung.remove());
  return pod;
}
