import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { chooseSandbox, type PodEvidence, type VisibleContainer } from '../../../src/node/sandbox-choice.ts';

/** A container by its start, the name of its process and its network namespace. */
type Seen = readonly [ticks: number, name: string, namespace?: number];

interface Case {
  readonly what: string;
  readonly candidates: readonly Seen[];
  readonly named?: readonly Seen[];
  readonly reportedStart?: number;
  readonly hasStatus?: boolean;
  /** Position among the candidates. */
  readonly sandbox: number | undefined;
  readonly strays?: readonly number[];
  /** How the runtime names cgroups. */
  readonly prefix?: string;
}

function visible(seen: readonly Seen[], prefix: string): VisibleContainer[] {
  return seen.map(([ticks, name, inode], index) => {
    return { ticks, name, inode, cgroup: { id: `${index}`, path: `/pod/${prefix}${index}.scope` } };
  });
}

function check({ prefix = 'cri-containerd-', ...given }: Case): void {
  const candidates = visible(given.candidates, prefix);
  const evidence: PodEvidence = {
    candidates,
    named: visible(given.named ?? [], prefix),
    hasStatus: given.hasStatus ?? true,
    reportedStart: given.reportedStart,
  };
  const { sandbox, strays } = chooseSandbox(evidence);
  const position = (cgroup: unknown): number => candidates.findIndex((candidate) => candidate.cgroup === cgroup);
  assert.deepEqual(
    { sandbox: sandbox === undefined ? undefined : position(sandbox), strays: strays.map(position) },
    { sandbox: given.sandbox, strays: given.strays ?? [] },
  );
}

const WITH_SANDBOXES: readonly Case[] = [
  {
    what: 'in the network namespace of the named containers, though an older one is elsewhere',
    candidates: [
      [10, 'runc:[2:INIT]', 7],
      [20, 'pause', 8],
    ],
    named: [[30, 'app', 8]],
    sandbox: 1,
    strays: [0],
  },
  {
    what: 'in that namespace, though another one is named pause',
    candidates: [
      [10, 'pause', 7],
      [20, 'pod', 8],
    ],
    named: [[30, 'app', 8]],
    sandbox: 1,
    strays: [0],
  },
  {
    what: 'named pause, where all share the namespace of the node',
    candidates: [
      [10, 'runc:[2:INIT]', 1],
      [20, 'pause', 1],
    ],
    named: [[30, 'app', 1]],
    sandbox: 1,
    strays: [0],
  },
  {
    what: 'named pause, where no container is named yet',
    candidates: [
      [10, 'runc:[2:INIT]', 7],
      [20, 'pause', 8],
    ],
    sandbox: 1,
    strays: [0],
  },
  {
    what: 'the oldest of two that are named pause',
    candidates: [
      [900, 'pause', 8],
      [10, 'pause', 8],
    ],
    named: [[30, 'app', 8]],
    sandbox: 1,
  },
  {
    what: 'the oldest, where none is named pause',
    candidates: [
      [900, 'app', 8],
      [10, 'pod', 8],
    ],
    sandbox: 1,
  },
  {
    what: 'older than the reported start, though the restarted container is named pause',
    candidates: [
      [10, 'pod', 8],
      [9000, 'pause', 8],
    ],
    reportedStart: 50,
    sandbox: 0,
  },
  {
    what: 'the oldest, where the reported start is older than all: the clock was set',
    candidates: [
      [10, 'pod', 8],
      [9000, 'app', 8],
    ],
    reportedStart: -500,
    sandbox: 0,
  },
  {
    what: 'one whose namespace is hidden',
    candidates: [[10, 'pod']],
    named: [[30, 'app', 8]],
    sandbox: 0,
  },
  {
    what: 'one named pause in another namespace, where a container made its own',
    candidates: [[10, 'pause', 8]],
    named: [[30, 'dockerd', 9]],
    sandbox: 0,
  },
];

const NONE: readonly Case[] = [
  {
    what: 'the only candidate is newer than a named container, with any name',
    candidates: [[9000, 'pause', 8]],
    named: [[30, 'app', 8]],
    sandbox: undefined,
  },
  {
    what: 'the only candidate is older, in another namespace and not named pause',
    candidates: [[10, 'runc:[2:INIT]', 7]],
    named: [[30, 'app', 8]],
    sandbox: undefined,
    strays: [0],
  },
  {
    what: 'the pod has no status and the only container is not named pause',
    candidates: [[10, 'app', 8]],
    hasStatus: false,
    sandbox: undefined,
  },
];

const CRIO: readonly Case[] = [
  {
    what: 'is older than the named containers, with any name',
    candidates: [[10, 'pod', 8]],
    named: [[30, 'app', 8]],
    sandbox: 0,
  },
  {
    what: 'is none if a restarted container is the only candidate',
    candidates: [[9000, 'worker', 8]],
    named: [[30, 'app', 8]],
    sandbox: undefined,
  },
  {
    what: 'is none if all containers were restarted, though one is named pause',
    candidates: [
      [9000, 'pause', 8],
      [9010, 'app', 8],
    ],
    reportedStart: 50,
    sandbox: undefined,
  },
  {
    what: 'is older than the reported start',
    candidates: [
      [10, 'pod', 8],
      [9010, 'app', 8],
    ],
    reportedStart: 50,
    sandbox: 0,
  },
  {
    what: 'is none if the one named pause is not the oldest',
    candidates: [
      [20, 'pause', 8],
      [10, 'app', 8],
    ],
    sandbox: undefined,
  },
];

describe('the sandbox is', () => {
  for (const scenario of WITH_SANDBOXES) test(scenario.what, () => check(scenario));
});

describe('there is no sandbox if', () => {
  for (const scenario of NONE) test(scenario.what, () => check({ ...scenario, prefix: 'crio-' }));
});

describe("CRI-O's sandbox, which a pod may lack,", () => {
  for (const scenario of CRIO) test(scenario.what, () => check({ ...scenario, prefix: 'crio-' }));
});

describe('strays', () => {
  test('are older than a named container, though newer than the sandbox', () => {
    check({
      what: '',
      candidates: [
        [10, 'pause', 8],
        [20, 'runc:[2:INIT]', 8],
      ],
      named: [
        [15, 'app', 8],
        [30, 'sidecar', 8],
      ],
      sandbox: 0,
      strays: [1],
    });
  });

  test('are not candidates that are newer than all: their status may still come', () => {
    check({
      what: '',
      candidates: [
        [10, 'pause', 8],
        [40, 'app', 8],
      ],
      named: [[30, 'sidecar', 8]],
      sandbox: 0,
    });
  });
});
