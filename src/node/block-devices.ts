/**
 * Names of block devices, looked up when they are needed: a device may come and take over a number at any time.
 * https://docs.kernel.org/admin-guide/iostats.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The kernel's names by `major:minor`, from `diskstats`. Empty if it cannot be read.
 *
 *      259       0 nvme0n1 3352 500 486634 1870 ...
 */
export function blockDeviceNames(procfs: string): ReadonlyMap<string, string> {
  let content: string;
  try {
    content = readFileSync(join(procfs, 'diskstats'), 'latin1');
  } catch {
    return new Map();
  }
  const names = new Map<string, string>();
  for (const line of content.split('\n')) {
    const [major, minor, name] = line.trim().split(/\s+/, 3);
    if (name !== undefined) names.set(`${major}:${minor}`, name);
  }
  return names;
}
