import type { PodRecord, VolumeRecord } from '../pod.ts';
import { field, isObject, list, present, text } from '../../base/untrusted-json.ts';

/** Sources of volumes that hold what is known from elsewhere, not data. */
const LEFT_OUT = new Set(['projected', 'configMap', 'secret', 'downwardAPI']);

/** The volumes with data that a pod's specification names; `undefined` if there is none. */
export function readVolumes(podName: string | undefined, spec: unknown): readonly VolumeRecord[] | undefined {
  const paths = mountPaths(spec);
  const volumes = list(field(spec, 'volumes')).flatMap((volume): VolumeRecord[] => {
    const name = text(field(volume, 'name'));
    const type = sourceOf(volume);
    if (name === undefined || type === undefined || LEFT_OUT.has(type)) return [];
    const claim = claimOf(podName, name, volume);
    return [
      present({
        name,
        type,
        claim,
        memory: text(field(field(volume, 'emptyDir'), 'medium')) !== undefined,
        paths: claim === undefined ? undefined : paths.get(name),
      }),
    ];
  });
  return volumes.length === 0 ? undefined : volumes;
}

/** The name of the field beside the volume's name: `emptyDir`, `nfs`. */
function sourceOf(volume: unknown): string | undefined {
  if (!isObject(volume)) return undefined;
  return Object.keys(volume).find((key) => key !== 'name' && isObject(field(volume, key)));
}

/** Of a generic ephemeral volume the claim is called after the pod and the volume. */
function claimOf(podName: string | undefined, name: string, volume: unknown): string | undefined {
  if (isObject(field(volume, 'ephemeral'))) return podName === undefined ? undefined : `${podName}-${name}`;
  return text(field(field(volume, 'persistentVolumeClaim'), 'claimName'));
}

/** Where containers see the whole of a volume, by the volume's name. */
function mountPaths(spec: unknown): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, string[]>();
  for (const container of [...list(field(spec, 'initContainers')), ...list(field(spec, 'containers'))]) {
    for (const mount of list(field(container, 'volumeMounts'))) {
      const [name, path] = [text(field(mount, 'name')), text(field(mount, 'mountPath'))];
      const isPart = text(field(mount, 'subPath')) !== undefined || text(field(mount, 'subPathExpr')) !== undefined;
      if (name === undefined || path === undefined || isPart) continue;
      paths.set(name, [...(paths.get(name) ?? []), path]);
    }
  }
  return paths;
}

/** Names of a pod's emptyDir volumes on disk. */
export function diskEmptyDirNames({ volumes = [] }: PodRecord): readonly string[] {
  return volumes.flatMap(({ name, type, memory }) => (type === 'emptyDir' && !memory ? [name] : []));
}
