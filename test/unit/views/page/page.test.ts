import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { startPage, type PageFacts } from '../../../../src/views/page/page.ts';

const FACTS: PageFacts = {
  version: '1.2.3',
  scope: 'node',
  telemetryPath: '/metrics',
  nodeName: 'node1',
  cgroups: 'v2',
  pods: 'api',
  podsSynced: true,
  collectors: ['cpu', 'memory'],
  counts: { pod: 11, container: 22, pause: 33, slice: 44, unmatched: 55 },
};

/** What a row of the second table says. */
function row(page: string, name: string): string | undefined {
  return new RegExp(`<tr><th>${name}</th><td>([^<]*)</td></tr>`).exec(page)?.[1];
}

describe('the start page', () => {
  const page = startPage(FACTS);

  test('links to what is there', () => {
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    assert.deepEqual(links, [
      '/metrics',
      '/metrics?collect[]=cpu&amp;collect[]=memory',
      '/metrics/cadvisor',
      '/metrics/kubelet',
      '/metrics/resource',
      '/stats/summary',
      '/healthz',
      '/readyz',
    ]);
  });

  test('tells what was found', () => {
    const found = [
      'Version',
      'Scope',
      'Node',
      'Cgroups',
      'Names of pods',
      'Collectors',
      'Pods',
      'Containers',
      'Slices and services',
      'Without a known pod',
    ];
    assert.deepEqual(
      found.map((name) => row(page, name)),
      ['1.2.3', 'node', 'node1', 'v2', 'api', 'cpu, memory', '11', '22', '44', '55'],
    );
  });

  test('tells whose numbers they are', () => {
    assert.match(page, /of every pod on this node,/);
    const own = startPage({ ...FACTS, scope: 'pod' });
    assert.match(own, /of the pod that this runs in,/);
    assert.equal(row(own, 'Scope'), 'pod');
  });

  test('tells what is not known yet', () => {
    const { nodeName: _, counts: __, ...rest } = FACTS;
    const early = startPage({ ...rest, podsSynced: false });
    assert.deepEqual(
      ['Node', 'Names of pods', 'Last scrape', 'Pods'].map((name) => row(early, name)),
      ['not named', 'api (first list is not in yet)', 'none yet', undefined],
    );
  });

  test('contains no markup of others', () => {
    const evil = startPage({ ...FACTS, nodeName: '<script>alert("x")</script>&', telemetryPath: '/m"><script>' });
    assert.doesNotMatch(evil, /<script|"x"/);
    assert.equal(row(evil, 'Node'), '&lt;script>alert(&quot;x&quot;)&lt;/script>&amp;');
  });

  test('needs nothing from elsewhere', () => assert.doesNotMatch(page, /https?:\/\/|@import|url\(|<script/));
});
