import { failed, ok, skipped, type Check, type Remedy } from './check.ts';

const RAISE_FILES: Remedy = {
  text: 'raise the limit of open files (LimitNOFILE of the unit, ulimit -n, the default of the container runtime), or lower --max-descriptors',
};

const RAISE_MEMORY: Remedy = {
  text: 'raise the memory limit (docs/scale.md)',
  yaml: 'resources: { limits: { memory: 256Mi } }',
};

const READ_FILES: Remedy = {
  text: 'EACCES: run as the user that the manifests set, and check AppArmor and SELinux; other codes: report the file with npm run record',
};

const RAISE_WATCHES: Remedy = {
  text: 'raise fs.inotify.max_user_watches of the node (ENOSPC), or fs.inotify.max_user_instances (EMFILE)',
};

const NEWER_NODE: Remedy = { text: 'run Node.js 24, which the image contains' };

/** Share of the memory limit above which a list of pods may exceed it. */
const MAX_MEMORY_SHARE = 0.9;

const MIN_NODE_MAJOR = 24;

const MEBIBYTE = 2 ** 20;

const kernelFiles: Check = {
  id: 'kernel-files',
  about: 'The kernel files of the enabled collectors can be read.',
  fails: 'A read failed or was malformed in the last collection.',
  scopes: ['node', 'pod'],
  remedies: [READ_FILES],
  find: ({ collection }) => {
    if (collection.time === undefined) return skipped('nothing was collected yet');
    const failures = [...collection.errors].flatMap(([collector, codes]) =>
      [...codes].map(([code, files]) => `${collector}: ${code} in ${files} files`),
    );
    return failures.length === 0 ? ok('no read failed') : failed(failures.join('; '), READ_FILES);
  },
};

const descriptors: Check = {
  id: 'descriptors',
  about: 'The limit of open files allows the configured number of cached directories.',
  fails: 'It does not, and all allowed ones are in use: the files of other cgroups are found by their paths.',
  scopes: ['node', 'pod'],
  remedies: [RAISE_FILES],
  find: ({ descriptors: { cached, configured, allowed } }) => {
    const seen = `${cached} of ${allowed} cached directories in use`;
    if (allowed >= configured || cached < allowed) return ok(seen);
    return failed(`${seen}; the limit of open files does not allow ${configured}`, RAISE_FILES);
  },
};

const memory: Check = {
  id: 'memory-limit',
  about: 'The memory limit of the exporter is above its need.',
  fails: `Resident memory is more than ${MAX_MEMORY_SHARE * 100} % of it.`,
  scopes: ['node', 'pod'],
  remedies: [RAISE_MEMORY],
  find: () => {
    const limit = process.constrainedMemory();
    if (!(limit > 0 && limit < Number.MAX_SAFE_INTEGER)) return skipped('no memory limit');
    const need = process.memoryUsage.rss();
    const seen = `needs ${inMebibytes(need)} of ${inMebibytes(limit)} MiB`;
    return need > limit * MAX_MEMORY_SHARE ? failed(seen, RAISE_MEMORY) : ok(seen);
  },
};

function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}

const eventWatches: Check = {
  id: 'event-watches',
  about: 'With `--events`: inotify watches every cgroup of pods.',
  fails: 'The kernel allows no more watches, so that the other events are found at scrapes only.',
  scopes: ['node'],
  remedies: [RAISE_WATCHES],
  find: ({ eventWatches: use }) => {
    if (use === undefined) return skipped('--events is not set');
    const unseen =
      use.unseenPods === 0 ? '' : `; ${use.unseenPods} pods were gone before a container of theirs was seen`;
    if (use.exhausted === undefined) return ok(`${use.watches} watches${unseen}`);
    const seen = `${use.exhausted} after ${use.watches} watches`;
    return failed(seen, RAISE_WATCHES, 'events are found at scrapes, and those between two scrapes are lost');
  },
};

const versions: Check = {
  id: 'version',
  about: `The exporter runs on Node.js ${MIN_NODE_MAJOR} or later.`,
  fails: 'It runs on an older one.',
  scopes: ['node', 'pod'],
  remedies: [NEWER_NODE],
  find: ({ version }) => {
    const seen = `pod-exporter ${version}, Node.js ${process.versions.node}`;
    return Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR ? failed(seen, NEWER_NODE) : ok(seen);
  },
};

/** Checks of the exporter itself. */
export const ownChecks: readonly Check[] = [kernelFiles, descriptors, memory, eventWatches, versions];
