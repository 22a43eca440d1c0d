import { join } from 'node:path';

import type { RunningPod } from './running-pod.ts';
import type { Argv } from './workloads.ts';

/** Mounts and fills volumes, in a mount namespace of its own, in which process 1 has these mounts as well. */
const SCRIPT = `
while [ "$1" != -- ]; do
  mkdir -p "$1"
  mount -t tmpfs -o "size=$2m,nr_inodes=1000" tmpfs "$1"
  head -c "$3M" /dev/zero >"$1/data"
  [ "$4" = 0 ] || (while sleep 1; do head -c "$4k" /dev/zero >>"$1/data" 2>/dev/null; done) &
  shift 4
done
shift
mount --bind "/proc/$$/mountinfo" /proc/1/mountinfo
exec "$@"`;

/**
 * A program that mounts the volumes of pods below the kubelet's root directory and then becomes the program that
 * follows. The mounts disappear with it. Needs root.
 */
export function withVolumes(kubelet: string, pods: readonly RunningPod[]): Argv {
  const volumes = pods.flatMap(({ uid, plan }) =>
    (plan.volumes ?? []).flatMap(({ claim, sizeMebibytes, usedMebibytes, growthKibibytes = 0 }) => [
      join(kubelet, 'pods', uid, 'volumes/kubernetes.io~csi', `pvc-${claim}`, 'mount'),
      String(sizeMebibytes),
      String(usedMebibytes),
      String(growthKibibytes),
    ]),
  );
  return ['unshare', '--mount', 'sh', '-ec', SCRIPT, 'sh', ...volumes, '--'];
}
