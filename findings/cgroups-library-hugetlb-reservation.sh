#!/usr/bin/env bash
# opencontainers/cgroups v0.1.0, the library of runc, the kubelet and cAdvisor, has as HugetlbStats.Usage what is reserved
# (hugetlb.SIZE.rsvd.current) and not what is used (hugetlb.SIZE.current), although both files exist. A process that
# maps huge pages and does not touch them counts. The limit of the other file (hugetlb.SIZE.max) applies to usage, so
# usage / limit mixes the two.
#
# Needs bash, Go, the Go module proxy and a kernel with huge pages. Exits 1 if the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
mkdir "$folder/module" "$folder/cgroup"
cd "$folder/module"
export GOFLAGS=-mod=mod GOPATH="$folder/go"

cat >go.mod <<'END_OF_MODULE'
module finding

go 1.23

require github.com/opencontainers/cgroups v0.1.0
END_OF_MODULE
cat >main.go <<'END_OF_PROGRAM'
package main

import (
	"fmt"
	"os"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/fs2"
)

func main() {
	folder := os.Args[1]
	for _, size := range cgroups.HugePageSizes() {
		for name, text := range map[string]string{"current": "0\n", "rsvd.current": "4194304\n", "events": "max 0\n"} {
			if err := os.WriteFile(folder+"/hugetlb."+size+"."+name, []byte(text), 0o600); err != nil {
				panic(err)
			}
		}
	}
	cgroups.TestMode = true // the files are no cgroup file system
	manager, err := fs2.NewManager(&cgroups.Cgroup{}, folder)
	if err != nil {
		panic(err)
	}
	stats, err := manager.Stats(&cgroups.StatsOptions{Controllers: cgroups.HugeTLB})
	if err != nil {
		panic(err)
	}
	fmt.Println(stats.HugetlbStats["2MB"].Usage)
}
END_OF_PROGRAM
go mod tidy 2>tidy.log || { cat tidy.log; exit 1; }
echo "cgroups $(go list -m -f '{{.Version}}' github.com/opencontainers/cgroups), $(go version | cut -d' ' -f3)"
usage=$(go run . "$folder/cgroup")
echo "hugetlb.2MB.current 0, hugetlb.2MB.rsvd.current 4194304: usage $usage"
[ "$usage" = 4194304 ] || { echo "the behaviour has changed"; exit 1; }
