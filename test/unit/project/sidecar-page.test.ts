import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { configOf } from '../../support/config-of.ts';
import type { Option } from '../../../src/option.ts';
import { OPTIONS } from '../../../src/options.ts';
import { field, list, text } from '../../../src/base/untrusted-json.ts';

/** What docs/sidecar.md tells people to apply must be what the program understands. */

const page = readFileSync(join(import.meta.dirname, '../../../docs/sidecar.md'), 'utf8');
const objects = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, block = '']): unknown => parse(block));

function objectOf(kind: string): unknown {
  return objects.find((object) => field(object, 'kind') === kind);
}

const pod = field(objectOf('Pod'), 'spec');
const [exporter] = list(field(pod, 'initContainers'));

test('the pod of the page maps the variables that the program reads, and no others', () => {
  const mapped = list(field(exporter, 'env')).map((variable) => text(field(variable, 'name')) ?? '');
  const read = Object.values<Option>(OPTIONS).flatMap(({ variable }) => variable ?? []);
  assert.deepEqual(mapped.toSorted(), read.toSorted());
});

test('the pod of the page has flags that the program takes, and its port', () => {
  const flags = list(field(exporter, 'args')).map(String);
  const [mount] = list(field(exporter, 'volumeMounts'));
  assert.ok(flags.includes(`--path.cgroup=${text(field(mount, 'mountPath'))}`));
  const config = configOf(
    flags.map((flag) => flag.replace(/^(--path\.cgroup)=.*/, '$1=/')),
    { POD_NAME: 'web-0' },
  );
  assert.deepEqual(config.ownPod, { name: 'web-0' });
  const [port] = list(field(exporter, 'ports'));
  assert.equal(field(port, 'containerPort'), config.listen[0]?.port);
});

test('the pod of the page gives the exporter no right', () => {
  const context = field(exporter, 'securityContext');
  assert.deepEqual(context, {
    runAsNonRoot: true,
    runAsUser: 65_534,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const [mount] = list(field(exporter, 'volumeMounts'));
  assert.equal(field(mount, 'readOnly'), true);
});

test('the Role of the page allows what is requested, and no more', () => {
  const rules = field(objectOf('Role'), 'rules');
  const name = field(field(objectOf('Pod'), 'metadata'), 'name');
  assert.deepEqual(rules, [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'], resourceNames: [name] }]);
});
