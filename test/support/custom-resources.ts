import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A Go module that contains definitions of custom resources, with its checksum as in go.sum. */
interface DefinitionModule {
  readonly module: string;
  readonly sum: string;
  readonly files: readonly string[];
}

const MODULES: readonly DefinitionModule[] = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    files: ['podmonitors', 'servicemonitors', 'prometheusrules'].map(
      (name) => `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    ),
  },
  {
    module: 'github.com/cert-manager/cert-manager@v1.21.2',
    sum: 'h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=',
    files: ['certificates', 'issuers'].map((name) => `deploy/crds/cert-manager.io_${name}.yaml`),
  },
];

/** The CustomResourceDefinitions of the Prometheus Operator and of cert-manager; downloads their modules once. */
export function customResourceDefinitions(): readonly object[] {
  return MODULES.flatMap(({ module, sum, files }) => {
    const { stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', module], {
      // Outside of a module no go.mod restricts the versions.
      cwd: tmpdir(),
      encoding: 'utf8',
    });
    assert.notEqual(stdout, '', stderr);
    const {
      Dir: folder = '',
      Sum,
      Error: error,
    } = JSON.parse(stdout) as Record<'Dir' | 'Sum' | 'Error', string | undefined>;
    assert.equal(error, undefined);
    assert.equal(Sum, sum, module);
    return files.map((file) => parse(readFileSync(join(folder, file), 'utf8')) as object);
  });
}
