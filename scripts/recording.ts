import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is known about a recording besides its files: `recording.json`. */
export interface Recording {
  readonly nodeName: string;
  /** As the kubelet reports it, `v1.37.2`; absent if nobody asked the API server. */
  readonly kubeletVersion?: string;
  /** ISO 8601; the cgroup files were read between `begin` and `end`. */
  readonly begin: string;
  readonly end: string;
}

/** Reads `recording.json` of a recording or of a golden node. */
export function readRecording(folder: string): Recording {
  return JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8')) as Recording;
}
