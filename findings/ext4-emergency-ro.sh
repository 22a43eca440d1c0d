#!/usr/bin/env bash
# After an error, ext4 with errors=remount-ro fails every write with EROFS, but (Linux 6.18) both the mount and the
# superblock keep `rw` in mountinfo and in /proc/mounts; the superblock has the option `emergency_ro` besides. Programs
# that look for `ro` report a writable file system.
#
# Needs bash, root, the Debian packages e2fsprogs and mount, and loop devices. Exits 1 if the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
clean() {
  umount "$folder/mount" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean EXIT

mkdir "$folder/mount"
truncate -s 16M "$folder/image"
mkfs.ext4 -q "$folder/image"
mount -o loop,errors=remount-ro "$folder/image" "$folder/mount"
device=$(findmnt --noheadings --output SOURCE "$folder/mount")
echo 1 >"/sys/fs/ext4/${device##*/}/trigger_fs_error"
# The error is handled in a work item of the kernel.
for _ in $(seq 50); do
  touch "$folder/mount/file" 2>"$folder/error" || break
  sleep 0.1
done
cat "$folder/error"
grep -F "$folder/mount" /proc/self/mountinfo | sed "s|$folder|FOLDER|"
read -r _ _ _ options _ < <(grep -F "$folder/mount" /proc/self/mounts)
grep -q 'Read-only file system' "$folder/error" || { echo "writes succeed: the behaviour has changed"; exit 1; }
case ",$options," in
  *,ro,*) echo "the mount is ro: the behaviour has changed"; exit 1 ;;
  *,emergency_ro,*) ;;
  *) echo "no emergency_ro: the behaviour has changed"; exit 1 ;;
esac
