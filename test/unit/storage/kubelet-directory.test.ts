import { strict as assert } from 'node:assert';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveKubelet } from '../../../src/storage/kubelet-directory.ts';
import { fileTree } from '../kernel/file-tree.ts';

const REAL = '/var/snap/microk8s/common/var/lib/kubelet';

for (const target of [REAL, '../snap/microk8s/common/var/lib/kubelet', `../../../../../..${REAL}`]) {
  test(`a link of the kubelet's directory to ${target} is followed below the node's root`, (t) => {
    const root = fileTree(t, { [`${REAL.slice(1)}/pods/x`]: '' });
    mkdirSync(join(root, 'var/lib'));
    symlinkSync(target, join(root, 'var/lib/kubelet'));
    assert.equal(resolveKubelet(root, '/var/lib/kubelet'), REAL);
    assert.equal(resolveKubelet(root, `${root}/var/lib/kubelet`), REAL);
  });
}

test('a directory of the kubelet that is no link stays as it is', (t) => {
  assert.equal(resolveKubelet(fileTree(t, { 'var/lib/kubelet/pods/x': '' }), '/var/lib/kubelet'), '/var/lib/kubelet');
  assert.equal(resolveKubelet('/', '/nonexistent/kubelet'), '/nonexistent/kubelet');
});
