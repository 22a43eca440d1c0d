/** The kubelet's schema of `/stats/summary` (stats/v1alpha1): types, and a check that a text keeps to them. */

interface Pressure {
  readonly total: number;
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
}

interface PressureStats {
  readonly full?: Pressure;
  readonly some: Pressure;
}

interface CpuStats {
  readonly time: string;
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds?: number;
  readonly psi?: PressureStats;
}

interface MemoryStats {
  readonly time: string;
  readonly availableBytes?: number;
  readonly usageBytes?: number;
  readonly workingSetBytes?: number;
  readonly rssBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
  readonly psi?: PressureStats;
}

interface SwapStats {
  readonly time: string;
  readonly swapAvailableBytes?: number;
  readonly swapUsageBytes?: number;
}

/** Traffic of one interface. */
export interface InterfaceStats {
  readonly name?: string;
  readonly rxBytes?: number;
  readonly rxErrors?: number;
  readonly txBytes?: number;
  readonly txErrors?: number;
}

interface NetworkStats extends InterfaceStats {
  readonly time: string;
  readonly interfaces?: readonly InterfaceStats[];
}

/** Of a file system. */
interface FsStats {
  readonly time: string;
  readonly availableBytes?: number;
  readonly capacityBytes?: number;
  readonly usedBytes?: number;
  readonly inodesFree?: number;
  readonly inodes?: number;
  readonly inodesUsed?: number;
}

/** Of a volume. */
export interface VolumeStats extends FsStats {
  readonly name: string;
  readonly pvcRef?: { readonly name: string; readonly namespace: string };
}

interface CommonStats {
  readonly startTime?: string;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly io?: { readonly time: string; readonly psi?: PressureStats };
  readonly swap?: SwapStats;
}

/** Of a container, or of a system container. */
export interface ContainerStats extends CommonStats {
  readonly name: string;
  readonly rootfs?: FsStats;
  readonly logs?: FsStats;
}

export interface PodStats extends CommonStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly containers: readonly ContainerStats[];
  readonly network?: NetworkStats;
  readonly volume?: readonly VolumeStats[];
  readonly 'ephemeral-storage'?: FsStats;
  readonly process_stats?: { readonly process_count?: number };
}

export interface NodeStats extends CommonStats {
  readonly nodeName?: string;
  readonly systemContainers?: readonly ContainerStats[];
  readonly network?: NetworkStats;
  readonly fs?: FsStats;
  readonly runtime?: object;
  readonly rlimit?: { readonly time: string; readonly maxpid?: number; readonly curproc?: number };
}

export interface Summary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}

type Check = (value: unknown, path: string) => void;

const wrong = (path: string, value: unknown): Error => new Error(`${path}: ${JSON.stringify(value)}`);

const text: Check = (value, path) => {
  if (typeof value !== 'string') throw wrong(path, value);
};

const time: Check = (value, path) => {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(value))
    throw wrong(path, value);
};

/** What Go reads into an unsigned integer. */
const whole: Check = (value, path) => {
  if (!Number.isInteger(value) || Number(value) < 0) throw wrong(path, value);
};

const percent: Check = (value, path) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) throw wrong(path, value);
};

/** An object that has the first fields, may have the others, and has no more. */
function object(needed: Readonly<Record<string, Check>>, others: Readonly<Record<string, Check>> = {}): Check {
  return (value, path) => {
    if (typeof value !== 'object' || value === null) throw wrong(path, value);
    for (const name of Object.keys(needed)) if (!Object.hasOwn(value, name)) throw wrong(`${path}.${name}`, undefined);
    for (const [name, own] of Object.entries(value)) {
      const check = needed[name] ?? others[name];
      if (check === undefined) throw wrong(`${path} has ${name}`, own);
      check(own, `${path}.${name}`);
    }
  };
}

function array(of: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, value);
    for (const [index, element] of value.entries()) of(element, `${path}[${index}]`);
  };
}

const pressureData = object({ total: whole, avg10: percent, avg60: percent, avg300: percent });
const psi = object({ some: pressureData }, { full: pressureData });
const counters = { rxBytes: whole, rxErrors: whole, txBytes: whole, txErrors: whole };

const common = {
  startTime: time,
  cpu: object({ time }, { usageNanoCores: whole, usageCoreNanoSeconds: whole, psi }),
  memory: object(
    { time },
    {
      availableBytes: whole,
      usageBytes: whole,
      workingSetBytes: whole,
      rssBytes: whole,
      pageFaults: whole,
      majorPageFaults: whole,
      psi,
    },
  ),
  io: object({ time }, { psi }),
  swap: object({ time }, { swapAvailableBytes: whole, swapUsageBytes: whole }),
};

const space = {
  availableBytes: whole,
  capacityBytes: whole,
  usedBytes: whole,
  inodesFree: whole,
  inodes: whole,
  inodesUsed: whole,
};
const fs = object({ time }, space);
const volume = object({ time, name: text }, { ...space, pvcRef: object({ name: text, namespace: text }) });

const network = object({ time }, { name: text, ...counters, interfaces: array(object({ name: text }, counters)) });
const container = object({ name: text }, { ...common, rootfs: fs, logs: fs });

const summary = object({
  node: object(
    {},
    {
      ...common,
      nodeName: text,
      systemContainers: array(container),
      network,
      fs,
      runtime: object({}, { imageFs: fs, containerFs: fs }),
      rlimit: object({ time }, { maxpid: whole, curproc: whole }),
    },
  ),
  pods: array(
    object(
      { podRef: object({ name: text, namespace: text, uid: text }), containers: array(container) },
      {
        ...common,
        network,
        volume: array(volume),
        'ephemeral-storage': fs,
        process_stats: object({}, { process_count: whole }),
      },
    ),
  ),
});

/** Parses a response; throws, with the path, at a field that the schema does not have. */
export function parseSummary(json: string): Summary {
  const value: unknown = JSON.parse(json);
  summary(value, 'summary');
  return value as Summary;
}
