#!/usr/bin/env bash
# Kustomize 5.5 (in kubectl): a patch with a `target` that matches nothing is dropped without an error or a warning, so a
# component that patches what a later component adds has no effect. A JSON patch `test` detects that: with the value null
# it requires that the field does not exist, although RFC 6902 has "test" compare the value that is at the location.
#
# Needs bash and kubectl, no cluster. Exits 1 if the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/patch" "$folder/added"
cd "$folder"

cat >base.yaml <<'END'
{ apiVersion: v1, kind: ConfigMap, metadata: { name: base }, data: { a: b } }
END
cat >added/object.yaml <<'END'
{ apiVersion: v1, kind: ConfigMap, metadata: { name: added }, data: { a: b } }
END
component='apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component'
cat >patch/kustomization.yaml <<END
$component
patches:
  - target: { kind: ConfigMap, name: .* }
    patch: '[{ "op": "add", "path": "/data/patched", "value": "yes" }]'
END
printf '%s\nresources: [object.yaml]\n' "$component" >added/kustomization.yaml
patched() {
  printf 'resources: [base.yaml]\ncomponents: [%s]\n' "$1" >kustomization.yaml
  kubectl kustomize . 2>&1 | grep -c '^  patched: "yes"' || true
}
echo "$(kubectl version --client 2>/dev/null | tail -1)"
after=$(patched 'added, patch')
before=$(patched 'patch, added')
echo "objects patched of two: component last $after, component first $before"

cat >>added/kustomization.yaml <<'END'
patches:
  - target: { kind: ConfigMap, name: base }
    patch: '[{ "op": "test", "path": "/data/patched", "value": null }]'
END
with_test=$(patched 'added, patch')
printf 'resources: [base.yaml]\ncomponents: [patch, added]\n' >kustomization.yaml
error=$(kubectl kustomize . 2>&1 >/dev/null || true)
echo "with the test: component last $with_test, component first: $(grep -o 'testing value.*failed' <<<"$error")"
[ "$after $before $with_test" = '2 1 2' ] && [[ "$error" == *'testing value /data/patched failed'* ]] ||
  { echo "the behaviour has changed"; exit 1; }
