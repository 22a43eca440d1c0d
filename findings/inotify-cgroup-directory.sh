#!/usr/bin/env bash
# inotify on the directory of a cgroup (v2) does not report that cgroup.events changes, until something has opened or watched
# that file: kernfs reports a change to the parent only where the file has an inode in memory. A watch on the file itself
# reports it from the beginning. So a program that watches a directory and waits for the end of the last process misses it.
#
# Needs root, Node.js and a cgroup v2 mount, also beside v1. Exits 1 if the behaviour has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/use-node.sh
mount=$(awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) == "cgroup2") { print $5; exit } }' /proc/self/mountinfo)
[ -n "$mount" ] || { echo "needs a cgroup v2 mount"; exit 1; }
first="$mount/finding-$$-a" second="$mount/finding-$$-b"
trap 'rmdir "$first" "$second" 2>/dev/null || true' EXIT
mkdir "$first" "$second"
node --input-type=module - "$first" "$second" <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const [unwatched, watched] = process.argv.slice(2);
const seen = { unwatched: 0, watched: 0, file: 0 };
const follow = (directory, key) => watch(directory, (_, name) => (seen[key] += name === 'cgroup.events' ? 1 : 0));
follow(unwatched, 'unwatched');
follow(watched, 'watched');
watch(`${watched}/cgroup.events`, () => seen.file++);
for (const directory of [unwatched, watched]) {
  const child = spawn('sleep', ['100']);
  writeFileSync(`${directory}/cgroup.procs`, String(child.pid));
  child.kill('SIGKILL');
  await once(child, 'exit');
}
while (seen.file === 0) await delay(10);
await delay(500);
console.log(`changes of cgroup.events: ${seen.unwatched} where nothing opened the file, ${seen.watched} where it is watched as well`);
if (seen.unwatched > 0 || seen.watched === 0) {
  console.log('the behaviour has changed');
  process.exitCode = 1;
}
process.exit();
END
