import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import type { EndpointDescription } from '../../../../src/views/endpoint.ts';
import { startPage as startPageWith, type PageFacts } from '../../../../src/views/page/page.ts';

function endpoint(
  path: string,
  about: string,
  parameters: EndpointDescription['parameters'] = [],
): EndpointDescription {
  return { path, methods: ['GET'], about, scopes: ['node'], collectors: [], parameters };
}

const FACTS: PageFacts = {
  version: '1.2.3',
  scope: 'node',
  served: [
    endpoint('/metrics', 'Every series, by `Accept`.', [{ example: 'a[]=b&c[]=d', about: 'Some series.' }]),
    endpoint('/healthz', 'A probe.'),
  ],
  nodeName: 'node1',
  cgroups: 'v2',
  podSource: 'api',
  isSynced: true,
  checks: [{ id: 'a', state: 'ok', seen: 'seen' }],
  collectors: new Set(['cpu', 'memory']),
  counts: { pod: 11, container: 22, outside: 0, pause: 33, slice: 44, unmatched: 55, nested: 0, duplicate: 0 },
};

const PARTS = { script: '/page.js', style: '/page.css' };

function startPage(facts: PageFacts): string {
  return startPageWith(facts, PARTS);
}

/** What a row of the second table says. */
function row(page: string, name: string): string | undefined {
  return new RegExp(`<tr><th scope="row">${name}</th><td>([^<]*)</td></tr>`).exec(page)?.[1];
}

function scriptsOf(page: string): readonly string[] {
  return page.match(/<script.*?(?:<\/script>|$)/gs) ?? [];
}

describe('the start page', () => {
  const page = startPage(FACTS);

  test('links to the endpoints that are served and to an example of each parameter', () => {
    const cells = [...page.matchAll(/<tr><td>(.*?)<\/td><td>(.*?)<\/td><\/tr>/g)].map(([, ...both]) => both);
    assert.deepEqual(cells, [
      [
        '<a href="./metrics"><code>/metrics</code></a>',
        'Every series, by <code>Accept</code>.<br><small><a href="./metrics?a[]=b&amp;c[]=d">' +
          '<code>?a[]=b&amp;c[]=d</code></a> Some series.</small>',
      ],
      ['<a href="./healthz"><code>/healthz</code></a>', 'A probe.'],
    ]);
  });

  test('shows what was found', () => {
    const found = [
      'Version',
      'Scope',
      'Node',
      'Cgroups',
      'Pod metadata source',
      'Collectors',
      'Pods',
      'Containers',
      'Slices and services',
      'Cgroups without a known pod',
    ];
    assert.deepEqual(
      found.map((name) => row(page, name)),
      ['1.2.3', 'node', 'node1', 'v2', 'api', 'cpu, memory', '11', '22', '44', '55'],
    );
  });

  test('shows whose metrics are exported', () => {
    assert.match(page, /of every pod on this node,/);
    const own = startPage({ ...FACTS, scope: 'pod' });
    assert.match(own, /of the pod in which this exporter runs,/);
    assert.equal(row(own, 'Scope'), 'pod');
  });

  test('shows what is not known yet', () => {
    const { nodeName: _, counts: __, ...rest } = FACTS;
    const early = startPage({ ...rest, isSynced: false });
    assert.deepEqual(
      ['Node', 'Pod metadata source', 'Last scrape', 'Pods'].map((name) => row(early, name)),
      ['unknown', 'api (first list not synced yet)', 'none yet', undefined],
    );
    assert.ok(early.includes('<title>pod-exporter</title>'));
  });

  test('contains no markup of others', () => {
    const served = [endpoint('/m"><script>', 'About "x"<script>.')];
    const evil = startPage({ ...FACTS, nodeName: '<script>alert("x")</script>&', served });
    assert.deepEqual(scriptsOf(evil), scriptsOf(page));
    assert.doesNotMatch(evil, /"x"/);
    assert.equal(row(evil, 'Node'), '&lt;script>alert(&quot;x&quot;)&lt;/script>&amp;');
  });

  test('has one script, of its own server, and nothing inline', () => {
    assert.deepEqual(scriptsOf(page), ['<script src="./page.js" defer></script>']);
    assert.doesNotMatch(page, /https?:\/\/|@import|url\(|<style|style=|\son\w+=/);
  });

  test('shows which checks failed, why, and what to do', () => {
    assert.match(page, /<main id="about" data-failed-checks="0">/);
    assert.match(page, /<h3>What is missing<\/h3>\n<div id="missing"><p>Nothing: 1 checks passed\.<\/p>/);
    const checks = [
      { id: 'psi', state: 'failed', seen: '<no> `psi`', effect: 'no pressure', remedy: { text: 'boot with `psi=1`' } },
      { id: 'kubelet', state: 'failed', seen: 'no directory' },
      { id: 'clock', state: 'skipped', seen: 'no API server' },
    ] as const;
    const faulty = startPage({ ...FACTS, checks });
    assert.match(faulty, /data-failed-checks="2"/);
    const rows = [...faulty.matchAll(/<tr><th scope="row"><code>(.*?)<\/code><\/th><td>(.*?)<\/td><\/tr>/g)];
    assert.deepEqual(
      rows.map(([, ...cells]) => cells),
      [
        ['psi', '&lt;no> <code>psi</code>: no pressure<br><small>boot with <code>psi=1</code></small>'],
        ['kubelet', 'no directory'],
      ],
    );
  });

  test('shows how the server is protected', () => {
    const of = (security?: PageFacts['security']): readonly (string | undefined)[] => {
      const text = startPage(security === undefined ? FACTS : { ...FACTS, security });
      return ['TLS', 'Authentication'].map((name) => row(text, name));
    };
    assert.deepEqual(of(), ['disabled', 'none']);
    assert.deepEqual(of({ tls: true, authentication: 'basic' }), ['enabled', 'basic']);
  });
});
