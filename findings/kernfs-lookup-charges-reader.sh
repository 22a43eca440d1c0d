#!/usr/bin/env bash
# Reading a file of a cgroup leaves its inode and its directory entry in memory, charged to the memory cgroup of the process
# that looked the name up, not of the cgroup that the file describes: about 1 kB per file, for as long as the kernel does not
# need the memory. It counts as usage, and as working set, but not as RSS. An exporter that reads 19,000 files has 20 MB and
# more that no allocation of its own explains, and that a limit must have room for or the kernel reclaims at each scrape.
#
# Needs root, Node.js and the v1 hierarchies memory and pids, or a cgroup v2 mount with both. Exits 1 if the behaviour has
# changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/use-node.sh
mounted() { awk -v type="$1" -v option="$2" '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == type && ("," $(i + 3) ",") ~ option) { print $5; exit } }' /proc/self/mountinfo; }
memory=$(mounted cgroup ',memory,')
pids=$(mounted cgroup ',pids,')
if [ -z "$memory" ]; then memory=$(mounted cgroup2 .) pids=$memory; fi
[ -n "$memory" ] && [ -n "$pids" ] || { echo "needs the controllers memory and pids"; exit 1; }
own="$memory/finding-$$" parent="$pids/finding-$$-read"
trap 'rmdir "$own" "$parent"/* "$parent" 2>/dev/null || true' EXIT
mkdir "$own" "$parent"
uname -sr
node --input-type=module - "$own" "$parent" <<'END'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const [own, parent] = process.argv.slice(2);
const CGROUPS = 500;
const paths = [];
for (let index = 0; index < CGROUPS; index++) {
  mkdirSync(`${parent}/${index}`);
  const names = readdirSync(`${parent}/${index}`).filter((name) => /^(?:pids\.(?:current|peak|events)|cgroup\.procs|tasks)$/.test(name));
  paths.push(...names.map((name) => `${parent}/${index}/${name}`));
}
const kernel = () =>
  existsSync(`${own}/memory.kmem.usage_in_bytes`)
    ? Number(readFileSync(`${own}/memory.kmem.usage_in_bytes`, 'latin1'))
    : Number(/^slab_reclaimable (\d+)/m.exec(readFileSync(`${own}/memory.stat`, 'latin1'))?.[1]);
const home = readFileSync('/proc/self/cgroup', 'latin1');
const pidsOrUnified = own.replace(/\/[^/]+$/, '');
writeFileSync(`${own}/cgroup.procs`, String(process.pid));
const read = () => paths.forEach((path) => readFileSync(path));
const before = kernel();
read();
const first = kernel() - before;
read();
const second = kernel() - before - first;
const line = home.split('\n').find((one) => /^\d+:(?:.*,)?memory(?:,.*)?:|^0::/.test(one));
writeFileSync(`${pidsOrUnified}${line.slice(line.lastIndexOf(':') + 1)}/cgroup.procs`, String(process.pid));
console.log(`${paths.length} files of other cgroups: ${Math.round(first / paths.length)} bytes of kernel memory of the reader's cgroup per file, ${Math.round(second / paths.length)} more at the second reading`);
if (first / paths.length < 500 || Math.abs(second) > first / 4) {
  console.log('the behaviour has changed');
  process.exitCode = 1;
}
END
