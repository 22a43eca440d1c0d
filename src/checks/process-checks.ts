import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../base/error-code.ts';
import { parseMountinfo } from '../kernel/mountinfo.ts';
import { isInitialPidNamespace, isOwnPidNamespace } from '../kernel/processes.ts';
import type { Blindness } from '../snapshot/snapshot.ts';
import { failed, ok, skipped, type Check, type CheckFacts, type Finding, type Remedy } from './check.ts';

const HOST_PID: Remedy = { text: 'set hostPID: true', yaml: 'hostPID: true' };

const VISIBLE_PROC: Remedy = {
  text: 'run as user 0 with the capability SYS_PTRACE, give the exporter the group of the mount option gid=, or remount /proc of the node without hidepid',
  yaml: 'securityContext: { supplementalGroups: [GID] }',
};

/** Any collector of the network of pods. */
const NETWORK = 'network';

const hostPid: Check = {
  id: 'host-pid',
  about: 'The processes of pods are visible, through which their network is read.',
  fails: 'No process of any pod is visible.',
  scopes: ['node'],
  remedies: [HOST_PID, { text: 'outside of Kubernetes: run with --pid=host' }],
  find: ({ collection, paths, collectors }) => {
    if (!collectors.has(NETWORK)) return skipped('--no-collector.network');
    const { blindness, success } = collection.sightOf(NETWORK) ?? {};
    const effect = 'no network metrics of pods';
    if (blindness !== undefined) return failed(blindness.cause, remedyOf(blindness), effect);
    if (!isOwnPidNamespace(paths.procfs)) {
      return failed(`${paths.procfs} belongs to another PID namespace`, HOST_PID, effect);
    }
    if (isInitialPidNamespace(paths.procfs)) return ok('the PID namespace of the node');
    return success === true && (collection.counts?.pod ?? 0) > 0
      ? ok('processes of pods are visible')
      : skipped('the PID namespace is not the initial one, and no pod shows whether it is that of the node');
  },
};

function remedyOf({ hint }: Blindness): Remedy {
  return hint === HOST_PID.text ? HOST_PID : { text: hint };
}

const hidepid: Check = {
  id: 'hidepid',
  about: 'The mount of /proc does not hide the processes of other users.',
  fails: 'It has the option hidepid, and process 1 is not accessible.',
  scopes: ['node'],
  remedies: [VISIBLE_PROC],
  find: findHidepid,
};

function findHidepid({ paths: { procfs } }: CheckFacts): Finding {
  const option = hidepidOption(procfs);
  if (option === undefined) return skipped(`${procfs} is no mount of procfs`);
  try {
    readFileSync(join(procfs, '1/stat'));
  } catch (error) {
    return failed(`${procfs} has ${option || 'no hidepid'}; process 1: ${errorCode(error)}`, VISIBLE_PROC);
  }
  return ok(option === '' ? `${procfs} has no hidepid` : `${procfs} has ${option}, and process 1 is accessible`);
}

/** The option of the mount, empty without one; `undefined` if nothing is mounted there. */
function hidepidOption(procfs: string): string | undefined {
  let mountinfo: Buffer;
  try {
    mountinfo = readFileSync('/proc/self/mountinfo');
  } catch {
    return undefined;
  }
  const mount = parseMountinfo(mountinfo).findLast(
    ({ mountPoint, type }) => type === 'proc' && mountPoint === Buffer.from(procfs).toString('latin1'),
  );
  if (mount === undefined) return undefined;
  const set = mount.superOptions.split(',').find((each) => each.startsWith('hidepid='));
  return set === undefined || ['hidepid=0', 'hidepid=off'].includes(set) ? '' : set;
}

/** Checks of the visibility of processes. */
export const processChecks: readonly Check[] = [hostPid, hidepid];
