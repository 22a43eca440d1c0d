#!/usr/bin/env bash
# When a container of Podman exceeds its memory limit, its monitor (conmon 2.1, cgroup v1) makes an empty file called oom in
# the directory in which the container was started. A program that starts containers finds a file in its current directory
# that it has not made.
#
# Needs bash, root, and the Debian packages podman, runc and busybox-static. Exits 1 if the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
export CONTAINERS_CONF="$folder/containers.conf" CONTAINERS_STORAGE_CONF="$folder/storage.conf" TMPDIR="$folder"
cat >"$CONTAINERS_CONF" <<END
[engine]
cgroup_manager="cgroupfs"
runtime="runc"
events_logger="file"
[containers]
default_ulimits=["nofile=1024:1024","nproc=1024:1024"]
END
printf '[storage]\ndriver="vfs"\ngraphroot="%s/graph"\nrunroot="%s/run"\n' "$folder" "$folder" >"$CONTAINERS_STORAGE_CONF"
clean() {
  podman rm --force --all >/dev/null 2>&1 || true
  for _ in $(seq 50); do
    rmdir /sys/fs/cgroup/*/libpod_parent/conmon /sys/fs/cgroup/*/libpod_parent 2>/dev/null || true
    compgen -G '/sys/fs/cgroup/*/libpod_parent' >/dev/null || break
    sleep 0.1
  done
  rm -rf "$folder"
}
trap clean EXIT

mkdir -p "$folder/root/bin" "$folder/start"
cp /bin/busybox "$folder/root/bin/busybox"
ln -s busybox "$folder/root/bin/sh" && ln -s busybox "$folder/root/bin/tail"
tar -C "$folder/root" -c . | podman import - localhost/busybox:1 >/dev/null 2>&1
cd "$folder/start"
podman run --network=none --memory=32m localhost/busybox:1 sh -c 'tail /dev/zero' >/dev/null 2>&1 || true
for _ in $(seq 50); do [ -e oom ] && break; sleep 0.1; done
conmon --version | head -n 1
echo "files in the directory of the start: $(ls -A | tr '\n' ' ')"
[ -f oom ] && [ ! -s oom ] || { echo "the behaviour has changed"; exit 1; }
