#!/usr/bin/env bash
# With a relative --cgroup-parent and the cgroupfs driver, Docker (20.10, runc 1.1) places one container at different
# paths of the hierarchies of cgroup v1: in each below the cgroup that the engine itself has there. Programs that take
# the path of one hierarchy for all of them find two containers, or one without memory.
#
# Needs bash, root, the Debian packages docker.io, runc and busybox-static, and cgroup v1 with memory and pids. Exits 1 if
# the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
name="finding-$$"
export DOCKER_HOST="unix://$folder/docker.sock"
memory=/sys/fs/cgroup/memory
[ -d "$memory/" ] && [ -d /sys/fs/cgroup/pids ] || { echo "needs cgroup v1 with memory and pids"; exit 1; }
own=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
mkdir "$memory$own/$name"

clean() {
  docker rm --force web >/dev/null 2>&1 || true
  kill "$engine" 2>/dev/null && wait "$engine" 2>/dev/null || true
  rmdir "$memory$own/$name/parent-$name" "$memory$own/$name" /sys/fs/cgroup/*/"parent-$name" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean EXIT

sh -c 'echo $$ >"$0" && exec "$@"' "$memory$own/$name/cgroup.procs" \
  unshare --mount --propagation private dockerd --host="$DOCKER_HOST" --data-root="$folder/data" \
  --exec-root="$folder/exec" --pidfile="$folder/pid" --iptables=false --ip6tables=false --bridge=none \
  --storage-driver=vfs --exec-opt=native.cgroupdriver=cgroupfs --cgroup-parent="parent-$name" 2>"$folder/log" &
engine=$!
until docker info >/dev/null 2>&1; do
  kill -0 "$engine" || { tail -n 5 "$folder/log"; exit 1; }
  sleep 0.2
done
mkdir -p "$folder/root/bin" && cp /bin/busybox "$folder/root/bin/sleep"
tar -C "$folder/root" -c . | docker import - busybox:1 >/dev/null
id=$(docker run --detach --name=web --network=none busybox:1 sleep 1000)
pid=$(docker inspect --format='{{.State.Pid}}' "$id")
echo "Docker $(docker version --format='{{.Server.Version}}')"
grep -E ':(memory|pids):' "/proc/$pid/cgroup" | sed "s/$id/ID/"
in_memory=$(sed -n 's/^[0-9]*:memory://p' "/proc/$pid/cgroup")
in_pids=$(sed -n 's/^[0-9]*:pids://p' "/proc/$pid/cgroup")
[[ $in_memory == */$name/parent-$name/$id && $in_pids == */parent-$name/$id && $in_pids != *"/$name/"* ]] ||
  { echo "the behaviour has changed"; exit 1; }
