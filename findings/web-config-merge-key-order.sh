#!/usr/bin/env bash
# exporter-toolkit v0.20.0 reads web configuration files with go.yaml.in/yaml/v2. The merge key type of YAML 1.1 says that
# a key of the mapping itself wins over a merged one, wherever "<<" stands. In this library the later one wins: a merge
# key behind a field overrides the field, in structs and in maps. Put "<<" first to be read alike everywhere.
#
# Needs bash, Go and the Go module proxy. Exits 1 if the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
mkdir "$folder/module"
cd "$folder/module"
export GOFLAGS=-mod=mod GOPATH="$folder/go"

cat >go.mod <<'END'
module finding

go 1.21

require go.yaml.in/yaml/v2 v2.4.4
END
cat >main.go <<'END'
package main

import (
	"fmt"

	"go.yaml.in/yaml/v2"
)

type server struct {
	HTTP2 bool `yaml:"http2"`
}

func main() {
	for _, text := range []string{"<<: {http2: false}\nhttp2: true\n", "http2: true\n<<: {http2: false}\n"} {
		var inStruct server
		var inMap map[string]bool
		fmt.Printf("%q: struct %v %v", text, yaml.Unmarshal([]byte(text), &inStruct), inStruct.HTTP2)
		fmt.Printf(", map %v %v\n", yaml.Unmarshal([]byte(text), &inMap), inMap["http2"])
	}
}
END
go mod tidy 2>tidy.log || { cat tidy.log; exit 1; }
echo "yaml $(go list -m -f '{{.Version}}' go.yaml.in/yaml/v2), $(go version | cut -d' ' -f3)"
output=$(go run .)
echo "$output"
expected='"<<: {http2: false}\nhttp2: true\n": struct <nil> true, map <nil> true
"http2: true\n<<: {http2: false}\n": struct <nil> false, map <nil> false'
[ "$output" = "$expected" ] || { echo "the behaviour has changed"; exit 1; }
