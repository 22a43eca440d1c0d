import type { SampleList, Snapshot } from '../../snapshot/snapshot.ts';
import { rfc3339 } from './stats.ts';

/** Traffic of one interface since it was made. */
export interface InterfaceStats {
  readonly name: string;
  rxBytes?: number;
  rxErrors?: number;
  txBytes?: number;
  txErrors?: number;
}

/** Traffic of a network namespace. The interface on top is {@link DEFAULT_INTERFACE}, if there is one. */
export interface NetworkStats extends Partial<InterfaceStats> {
  readonly time: string;
  readonly interfaces: readonly InterfaceStats[];
}

/** The kubelet's default interface, whatever the node's is named. */
const DEFAULT_INTERFACE = 'eth0';

/** Interfaces that the kubelet excludes: the node's ends of pod interfaces, and bridges of container engines. */
const OTHERS = /^(?:lo|veth|docker|nerdctl)/;

const FIELDS = [
  ['receive_bytes', 'rxBytes'],
  ['receive_errors', 'rxErrors'],
  ['transmit_bytes', 'txBytes'],
  ['transmit_errors', 'txErrors'],
] as const;

/**
 * Traffic by the position of the pod, or of the node as a whole, which is at 0. `level` decides whose; nothing of a
 * pod on the node's network, whose traffic is the node's.
 */
export function networkStats(snapshot: Snapshot, level: 'pod' | 'node'): ReadonlyMap<number, NetworkStats> {
  const collector = level === 'pod' ? 'network' : 'node-network';
  const found = new Map<number, Map<string, InterfaceStats>>();
  if (snapshot.succeeded(collector)) {
    for (const [what, field] of FIELDS) {
      const family = snapshot.families.find(({ name }) => name === (`${level}_network_${what}_total` as const));
      const list = snapshot.lists[family?.list ?? -1];
      if (list !== undefined) take(found, field, list);
    }
  }
  const time = rfc3339(snapshot.readAt(collector));
  return new Map([...found].map(([position, named]) => [position, withDefault(time, named)]));
}

function take(
  found: Map<number, Map<string, InterfaceStats>>,
  field: (typeof FIELDS)[number][1],
  { subjects, names, values }: SampleList,
): void {
  for (const [index, name] of names.entries()) {
    if (OTHERS.test(name)) continue;
    const position = subjects[index] as number;
    const interfaces = found.get(position) ?? new Map<string, InterfaceStats>();
    found.set(position, interfaces);
    const stats: InterfaceStats = interfaces.get(name) ?? { name };
    interfaces.set(name, stats);
    stats[field] = values[index] as number;
  }
}

function withDefault(time: string, interfaces: ReadonlyMap<string, InterfaceStats>): NetworkStats {
  return { time, ...interfaces.get(DEFAULT_INTERFACE), interfaces: [...interfaces.values()] };
}
