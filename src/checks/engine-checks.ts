import type { EngineFailureKind } from '../engine/engine-failure.ts';
import type { EngineStatus } from '../engine/engines.ts';
import { failed, ok, skipped, type Check, type Remedy } from './check.ts';

/** The oldest version that today's engines name as their oldest one; all requests exist in it. */
const MIN_API = [1, 24] as const;

const MOUNT_SOCKET: Remedy = {
  text: 'start the engine, mount its socket into the container of the exporter, and set its path: --containers=docker:PATH',
  yaml: 'volumes: [/var/run/docker.sock:/var/run/docker.sock]',
};

const PERMIT_SOCKET: Remedy = {
  text: 'run as a member of the group of the socket, --group-add="$(stat -c %g /var/run/docker.sock)" or SupplementaryGroups= in the unit, or as root where it belongs to root (Podman)',
};

const START_ENGINE: Remedy = {
  text: 'start or restart the engine (systemctl status docker.service podman.socket); the socket exists, and nothing answers on it',
};

const RIGHT_API: Remedy = {
  text: `set the socket of Docker or of Podman with Engine API ${MIN_API.join('.')} or later; a proxy in front of it must admit GET /version, /containers/json and /events`,
};

const BY_CAUSE: Readonly<Record<EngineFailureKind, Remedy>> = {
  missing: MOUNT_SOCKET,
  permission: PERMIT_SOCKET,
  silent: START_ENGINE,
  answer: RIGHT_API,
};

const engines: Check = {
  id: 'container-engine',
  about: 'With `--containers`: each container engine lists its containers.',
  fails: 'The last request to one failed, or its API is too old. Its containers are named by their short IDs.',
  scopes: ['node'],
  remedies: [MOUNT_SOCKET, PERMIT_SOCKET, START_ENGINE, RIGHT_API],
  find: ({ engines: all = [] }) => {
    if (all.length === 0) return skipped('--containers is not set');
    const problems = all.flatMap((engine) => remedyOf(engine) ?? []);
    const seen = all.map(seenOf).join('; ');
    const [remedy] = problems;
    if (remedy !== undefined) return failed(seen, remedy, 'containers have no names, images and labels');
    return all.every(({ isSynced }) => isSynced) ? ok(seen) : skipped(seen);
  },
};

function remedyOf({ failure, info }: EngineStatus): Remedy | undefined {
  if (failure !== undefined) return BY_CAUSE[failure.cause];
  return isOld(info?.apiVersion) ? RIGHT_API : undefined;
}

function isOld(version: string | undefined): boolean {
  const [major = Number.NaN, minor = 0] = (version ?? '').split('.').map(Number);
  return major < MIN_API[0] || (major === MIN_API[0] && minor < MIN_API[1]);
}

function seenOf({ socket, failure, info, isSynced, containers }: EngineStatus): string {
  if (failure !== undefined) return `${socket}: ${failure.message}`;
  if (!isSynced || info === undefined) return `${socket}: no list has finished yet`;
  const { runtime, version = 'without a version', apiVersion = 'without a version' } = info;
  return `${socket}: ${containers} containers of ${runtime} ${version}, API ${apiVersion}`;
}

/** Checks of what names containers outside of pods. */
export const engineChecks: readonly Check[] = [engines];
