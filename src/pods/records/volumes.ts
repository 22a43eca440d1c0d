import type { PodRecord, VolumeRecord } from '../pod.ts';
import { field, isObject, list, present, text } from '../../base/untrusted-json.ts';

/** Volume types that only project API objects. */
const EXCLUDED_TYPES = new Set(['projected', 'configMap', 'secret', 'downwardAPI']);

/** Reads the volumes of a pod specification, {@link EXCLUDED_TYPES} excluded; `undefined` if none remain. */
export function readVolumes(podName: string | undefined, spec: unknown): readonly VolumeRecord[] | undefined {
  const paths = mountPaths(spec);
  const volumes = list(field(spec, 'volumes')).flatMap((volume): VolumeRecord[] => {
    const name = text(field(volume, 'name'));
    const type = typeOf(volume);
    if (name === undefined || type === undefined || EXCLUDED_TYPES.has(type)) return [];
    const claim = claimName(podName, name, volume);
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

/** Field name of the volume source: `emptyDir`, `nfs`. */
function typeOf(volume: unknown): string | undefined {
  if (!isObject(volume)) return undefined;
  return Object.keys(volume).find((key) => key !== 'name' && isObject(field(volume, key)));
}

/** The claim of a generic ephemeral volume is named after the pod and the volume. */
function claimName(podName: string | undefined, name: string, volume: unknown): string | undefined {
  if (isObject(field(volume, 'ephemeral'))) return podName === undefined ? undefined : `${podName}-${name}`;
  return text(field(field(volume, 'persistentVolumeClaim'), 'claimName'));
}

/** Mount paths in the containers by volume name, mounts with a subPath excluded. */
function mountPaths(spec: unknown): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, string[]>();
  for (const container of [...list(field(spec, 'initContainers')), ...list(field(spec, 'containers'))]) {
    for (const mount of list(field(container, 'volumeMounts'))) {
      const [name, path] = [text(field(mount, 'name')), text(field(mount, 'mountPath'))];
      const hasSubPath = text(field(mount, 'subPath')) !== undefined || text(field(mount, 'subPathExpr')) !== undefined;
      if (name === undefined || path === undefined || hasSubPath) continue;
      paths.set(name, [...(paths.get(name) ?? []), path]);
    }
  }
  return paths;
}

/** Names of the emptyDir volumes of a pod, those on tmpfs excluded. */
export function diskEmptyDirNames({ volumes = [] }: PodRecord): readonly string[] {
  return volumes.flatMap(({ name, type, memory }) => (type === 'emptyDir' && !memory ? [name] : []));
}
