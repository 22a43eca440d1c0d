/** The kubelet's `--cgroup-driver`. */
export type Driver = 'cgroupfs' | 'systemd';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Path of a pod's cgroup below the kubelet's cgroup root; `uid` is a UID or a static pod's config hash. */
export function podPath(driver: Driver, qos: QosClass, uid: string): string {
  const tier = qos === 'Guaranteed' ? undefined : qos.toLowerCase();
  if (driver === 'cgroupfs') {
    return ['kubepods', tier, `pod${uid}`].filter((part) => part !== undefined).join('/');
  }
  const slice = tier === undefined ? 'kubepods' : `kubepods-${tier}`;
  const pod = `${slice}-pod${uid.replaceAll('-', '_')}.slice`;
  return tier === undefined ? `kubepods.slice/${pod}` : `kubepods.slice/${slice}.slice/${pod}`;
}

/** Name of a container's cgroup below its pod's, as containerd names it. */
export function containerFolder(driver: Driver, id: string): string {
  return driver === 'cgroupfs' ? id : `cri-containerd-${id}.scope`;
}
