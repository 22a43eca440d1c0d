import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Metadata of a recording, in `recording.json`. */
export interface Recording {
  readonly nodeName: string;
  /** As reported by the kubelet, `v1.37.2`; absent if the API server was not queried. */
  readonly kubeletVersion?: string;
  /** ISO 8601; the cgroup files were read between `begin` and `end`. */
  readonly begin: string;
  readonly end: string;
}

/** Reads `recording.json` of a recording or of a golden node. */
export function readRecording(folder: string): Recording {
  return JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8')) as Recording;
}
