import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { redactPods } from '../../scripts/record-redact.ts';
import { RecordingReport } from '../../scripts/record-report.ts';
import { openPodSource } from '../../src/pods/open-source.ts';
import { silentLog } from '../support/log-record.ts';
import { goldenNodes, KEPT, scrapeRecorded } from '../support/recorded-node.ts';

/** A recorder removes of pods whatever the exporter does not need, and no more. */
for (const node of goldenNodes()) {
  test(`${node.name}: redacted pods have the same series`, async () => {
    const report = new RecordingReport();
    const list: unknown = JSON.parse(readFileSync(join(node.folder, 'pods.json'), 'utf8'));
    const folder = mkdtempSync(join(tmpdir(), 'pod-exporter-redaction-'));
    try {
      const file = join(folder, 'pods.json');
      writeFileSync(file, JSON.stringify(redactPods(list, node.nodeName, report)));
      const options = { ...KEPT, nodeName: node.nodeName, environment: {}, log: silentLog };
      const text = await scrapeRecorded(node, 'text', openPodSource({ ...options, pods: `file:${file}` }));
      const expected = readFileSync(node.expected, 'utf8').split('\n');
      // Annotations are removed, whatever the node exports of them.
      const isKept = (line: string): boolean => !line.includes('pod_annotations');
      assert.deepEqual(text.split('\n').filter(isKept), expected.filter(isKept));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
