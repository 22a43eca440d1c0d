import { statSync } from 'node:fs';
import { systemPath } from '../kernel/path-names.ts';
import { listDirectories } from './cgroup-directories.ts';
import { parseCgroupName } from './cgroup-names.ts';
import type { MountContainers, OutsideContainer } from './outside-containers.ts';

/** A container is made in one hierarchy after the other. One that is still incomplete after so many walks stays so. */
const MAX_WALKS = 3;

/** Bounds the search in a hierarchy. */
const MAX_DEPTH = 12;

/** Where the hierarchies have a container. */
interface Places {
  /** Directory by mount, unless it is the mount followed by the path of the container. */
  readonly elsewhere: ReadonlyMap<string, string>;
  readonly isComplete: boolean;
  /** Walks that have searched it. */
  readonly walks: number;
}

/**
 * Finds containers outside of pods in the other v1 hierarchies. runc places a container relative to its own cgroup, which
 * is another one in each hierarchy, if the engine is configured with a relative parent.
 */
export class ContainerPlaces {
  readonly #mounts: readonly string[];
  #places = new Map<OutsideContainer, Places>();
  /** The directories of containers that are elsewhere in some mount, by path and mount. */
  #moved: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();
  /** The mounts of containers that the first one lacks, by path. */
  #homes: ReadonlyMap<string, string> = new Map();

  /** `mounts`: those of all hierarchies that are read. */
  constructor(mounts: readonly string[]) {
    this.#mounts = mounts;
  }

  /** The directory in `mount` of the cgroup at `path`. */
  directory(mount: string, path: string): string {
    const moved = this.#moved.size === 0 ? undefined : this.#moved.get(path);
    return moved?.get(mount) ?? mount + path;
  }

  /** The mount in which the cgroup at `path` was found, if that is not the first one of the walk. */
  home(path: string): string | undefined {
    return this.#homes.size === 0 ? undefined : this.#homes.get(path);
  }

  /** Takes the containers of a walk; `found` are the mounts that it has searched. */
  update(containers: readonly OutsideContainer[], found: readonly MountContainers[]): void {
    if (this.#mounts.length < 2 || (containers.length === 0 && this.#places.size === 0)) return;
    const last = this.#places;
    const search = searchOnce(found);
    this.#places = new Map(
      containers.map((container) => {
        const known = last.get(container);
        const isKnown = known !== undefined && (known.isComplete || known.walks >= MAX_WALKS);
        return [container, isKnown ? known : this.#locate(container, (known?.walks ?? 0) + 1, search)];
      }),
    );
    const [first] = found;
    const strangers = containers.filter(({ mount }) => mount !== first?.directory);
    this.#homes = new Map(strangers.map(({ path, mount }) => [path, mount]));
    const moved = [...this.#places].filter(([, { elsewhere }]) => elsewhere.size > 0);
    this.#moved = new Map(moved.map(([{ path }, { elsewhere }]) => [path, elsewhere]));
  }

  #locate({ id, path, mount: home }: OutsideContainer, walks: number, search: Search): Places {
    const elsewhere = new Map<string, string>();
    let isComplete = true;
    for (const mount of this.#mounts) {
      if (mount === home || exists(mount + path)) continue;
      const other = search(mount).get(id);
      if (other === undefined) isComplete = false;
      else elsewhere.set(mount, mount + other);
    }
    return { elsewhere, isComplete, walks };
  }
}

/** The paths of the containers in a mount, by ID. */
type Search = (mount: string) => ReadonlyMap<string, string>;

/** Searches each mount when it is first needed, unless the walk already has. */
function searchOnce(found: readonly MountContainers[]): Search {
  const searched = new Map<string, ReadonlyMap<string, string>>();
  return (mount) => {
    const known = searched.get(mount);
    if (known !== undefined) return known;
    const walked = found.find(({ directory }) => directory === mount)?.containers;
    const paths = byId(walked ?? containersBelow(mount, '', 0));
    searched.set(mount, paths);
    return paths;
  };
}

function byId(paths: Iterable<string>): ReadonlyMap<string, string> {
  const all = new Map<string, string>();
  for (const path of paths) {
    const recognised = parseCgroupName(path.slice(path.lastIndexOf('/') + 1));
    if (recognised.kind === 'container' && !all.has(recognised.id)) all.set(recognised.id, path);
  }
  return all;
}

function* containersBelow(mount: string, path: string, depth: number): Generator<string> {
  if (depth >= MAX_DEPTH) return;
  for (const name of listDirectories(mount + path)) {
    const { kind } = parseCgroupName(name);
    if (kind === 'container') yield `${path}/${name}`;
    else if (kind !== 'ignored' && kind !== 'kubepods') yield* containersBelow(mount, `${path}/${name}`, depth + 1);
  }
}

function exists(directory: string): boolean {
  return statSync(systemPath(directory), { throwIfNoEntry: false }) !== undefined;
}
