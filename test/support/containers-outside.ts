import { createHash } from 'node:crypto';

import type { CgroupLimits } from './cgroup-limits.ts';
import type { CgroupTree } from './cgroups.ts';
import type { Cleanup } from './cleanup.ts';
import { launch, type NetworkOf } from './launch.ts';
import { StandInEngine } from './stand-in-engine.ts';
import { type Argv, burnAll, eatMemoryInChild, holdMemory, idle } from './workloads.ts';

interface Plan {
  readonly name: string;
  readonly argv: Argv;
  readonly network?: NetworkOf;
  readonly limits?: CgroupLimits;
  /** As an engine lists it; no engine lists a container without. */
  readonly listed?: object;
}

const MIB = 2 ** 20;

/** The ID of a container by its name. */
export function outsideId(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

const PLANS: readonly Plan[] = [
  { name: 'idle', argv: idle(), network: 'new', listed: { Image: 'registry.example/idle:1' } },
  {
    name: 'front',
    argv: burnAll(),
    network: 'new',
    limits: { cpu: 0.02 },
    listed: {
      Image: 'nginx:1.27',
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
    },
  },
  { name: 'cache', argv: holdMemory(5 * MIB), limits: { memory: 64 * MIB }, listed: { Image: 'redis:8' } },
  { name: 'leaky', argv: eatMemoryInChild(1), limits: { memory: 16 * MIB }, listed: { Image: 'leaky:1' } },
  { name: 'unlisted', argv: idle() },
];

/**
 * Starts containers outside of pods in real cgroups, of which `front` is throttled and a process of `leaky` is OOM-killed
 * once a second, and an engine that lists all but `unlisted`.
 */
export async function startContainersOutside(tree: CgroupTree, cleanup: Cleanup): Promise<StandInEngine> {
  const engine = StandInEngine.create({ after: (undo) => cleanup.defer(undo) });
  engine.containers = PLANS.flatMap(({ name, listed }) =>
    listed === undefined ? [] : [{ Id: outsideId(name), Names: [`/${name}`], Created: 1_700_000_000, ...listed }],
  );
  await engine.listen();
  for (const { name, argv, network = 'host', limits = {} } of PLANS) {
    const cgroup = `docker/${outsideId(name)}`;
    tree.make(cgroup);
    tree.limit(cgroup, limits);
    await launch(tree, { cgroup, network, argv });
  }
  return engine;
}
