import { KEPT, NEVER_RECORDED, type RecordingReport } from './record-report.ts';

/** What is known of a recorded node besides its files. */
export interface RecordedFacts {
  /** The folder's name. */
  readonly name: string;
  readonly nodeName: string;
  readonly kernel: string;
  readonly mode: string;
  readonly driver: string;
  readonly runtime: string;
  readonly kubernetes: string;
  /** ISO 8601. */
  readonly begin: string;
  readonly milliseconds: number;
  readonly cgroups: number;
  readonly processes: number;
  readonly pods: readonly string[];
}

/** The README of a recording: where it comes from, and what was removed from it. */
export function readme(facts: RecordedFacts, report: RecordingReport): string {
  return `# ${facts.name}

| | |
|---|---|
| kernel | ${facts.kernel} |
| cgroups | ${facts.mode} |
| cgroup driver | ${facts.driver} |
| runtime | ${facts.runtime} |
| Kubernetes | ${facts.kubernetes}, node \`${facts.nodeName}\` |
| recorded | ${facts.begin}, by \`npm run record\`, cgroup files within ${(facts.milliseconds / 1000).toFixed(1)} s |

## Pods

${items(facts.pods)}
Recorded are ${facts.cgroups} cgroups, process 1 and ${facts.processes - 1} processes of pods.

## Removed

${items(report.removed)}
Never recorded:

${items(NEVER_RECORDED)}
Kept, although it may identify the node or its users:

${items(KEPT)}
## Not in it

${items(report.unread.map((line) => `could not be read: ${line}`))}- file systems: the mount tables are there, the mounts are not
`;
}

function items(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}\n`).join('');
}
