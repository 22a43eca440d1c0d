import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import type { FileReader } from '../../src/kernel/file-reader.ts';
import { PodIndex } from '../../src/pods/pod-index.ts';
import { mountedHierarchies } from '../support/cgroup-mounts.ts';
import { CgroupTree } from '../support/cgroups.ts';
import { HookedReader } from '../support/hooked-reader.ts';
import { launch } from '../support/launch.ts';
import { NodeScraper, type Scraped } from '../support/node-scraper.ts';
import { podObject } from '../support/pod-object.ts';
import type { PodPlan } from '../support/pod-plan.ts';
import { whyNoStandIn } from '../support/requirements.ts';
import { newContainerId } from '../support/running-container.ts';
import { idle } from '../support/workloads.ts';

const skip = whyNoStandIn() ?? false;
const isV1 = mountedHierarchies()[0]?.version === 1;

const PLAN: PodPlan = {
  namespace: 'n',
  name: 'p',
  containers: ['stays', 'goes'].map((name) => ({ name, argv: idle(), limits: { cpu: 0.5, memory: 2 ** 24 } })),
};

describe('a container', { skip }, () => {
  const uid = randomUUID();
  const ids = { stays: newContainerId(), goes: newContainerId() };
  const index = new PodIndex({ podLabels: [], podAnnotations: [] });
  let tree: CgroupTree;
  let view: string;
  let pod: string;
  let cgroup: string;

  before(async () => {
    tree = await CgroupTree.create();
    view = tree.view();
    pod = tree.makePod({ qos: 'Guaranteed', uid });
    for (const id of [newContainerId(), ids.stays]) tree.makeContainer(pod, id);
    const containers = new Map(
      Object.entries(ids).map(([name, id]) => [name, { id, restarts: 0, startedAt: new Date() }]),
    );
    index.replace([
      podObject(PLAN, {
        uid,
        configHash: undefined,
        nodeName: 'x',
        podIp: undefined,
        createdAt: new Date(),
        containers,
      }),
    ]);
  });

  beforeEach(() => {
    cgroup = tree.makeContainer(pod, ids.goes, { cpu: 0.5, memory: 2 ** 24, pids: 10 });
  });

  after(() => tree.remove());

  const folders = (): readonly string[] => tree.procsFiles(cgroup).map((file) => dirname(file));

  const removeNow = (): void => {
    for (const folder of folders()) rmdirSync(folder);
  };

  const opened = (reader?: FileReader): NodeScraper =>
    new NodeScraper({ cgroup: view, index, ...(reader === undefined ? {} : { reader }) });

  test('that is removed is gone with its descriptors, and nothing is counted', async (t) => {
    const scraper = opened();
    t.after(() => scraper.close());
    const earlier = await scraper.scrape();
    const kept = scraper.reader.cachedDescriptors;
    removeNow();
    const later = await scraper.scrape();
    assert.ok(of(earlier, 'goes').length > 20);
    assert.deepEqual(of(later, 'goes'), []);
    assert.equal(of(later, 'stays').length, of(earlier, 'stays').length);
    assert.deepEqual(later.errors, {});
    assert.ok(scraper.reader.cachedDescriptors < kept);
  });

  test('that is made anew under its name is read anew, although the old descriptors answer ENODEV', async (t) => {
    const scraper = opened();
    t.after(() => scraper.close());
    const { child } = await launch(tree, { cgroup, network: 'host', argv: idle() });
    const descriptor = openSync(tree.file(cgroup, 'pids.current') ?? '', 'r');
    t.after(() => closeSync(descriptor));
    assert.match(of(await scraper.scrape(), 'goes').join('\n'), /^container_threads\{.*\} 1$/m);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await tree.removeCgroup(cgroup);
    await ended;
    assert.throws(() => readSync(descriptor, Buffer.alloc(16), 0, 16, 0), { code: 'ENODEV' });
    cgroup = tree.makeContainer(pod, ids.goes);
    const later = await scraper.scrape();
    assert.match(of(later, 'goes').join('\n'), /^container_threads\{.*\} 0$/m);
    assert.deepEqual(later.errors, {});
  });

  test('that is removed while it is read is not exported, and nothing is counted', async (t) => {
    const files = new Set<string>();
    const note = opened(
      new HookedReader({ maxCachedDescriptors: 4096 }, (path) => path.includes(`${ids.goes}/`) && files.add(path)),
    );
    t.after(() => note.close());
    const whole = await note.scrape();
    assert.ok(files.size > 12, `${files.size} files`);
    for (const victim of files) {
      cgroup = tree.makeContainer(pod, ids.goes, { cpu: 0.5, memory: 2 ** 24, pids: 10 });
      const scraper = opened(
        new HookedReader({ maxCachedDescriptors: 4096 }, (path) => path === victim && removeNow()),
      );
      const scraped = await scraper.scrape();
      scraper.close();
      const context = basename(victim);
      assert.deepEqual(scraped.errors, {}, context);
      assert.equal(of(scraped, 'stays').length, of(whole, 'stays').length, context);
      // A file that any kernel may lack does not tell that its cgroup is gone.
      if (
        /^(?:cpu|cpuacct|memory)\.(?:stat|usage|usage_in_bytes|current|max|limit_in_bytes|failcnt|events)$/.test(
          context,
        )
      ) {
        assert.deepEqual(of(scraped, 'goes'), [], context);
      }
    }
  });

  test(
    'that has been removed from some hierarchies and not yet from others is no fault',
    { skip: !isV1 && 'needs cgroup v1' },
    async () => {
      for (const folder of folders()) {
        cgroup = tree.makeContainer(pod, ids.goes, { cpu: 0.5, memory: 2 ** 24, pids: 10 });
        rmdirSync(folder);
        const scraper = opened();
        const { errors } = await scraper.scrape();
        scraper.close();
        assert.deepEqual(errors, {}, folder);
      }
    },
  );

  test('whose pressure is switched off has no pressure and all the rest', async (t) => {
    const control = tree.file(cgroup, 'cgroup.pressure');
    if (control === undefined) {
      t.skip('needs cgroup.pressure (Linux 6.1)');
      return;
    }
    const scraper = opened();
    t.after(() => scraper.close());
    const isPressure = (line: string): boolean => line.startsWith('container_pressure_');
    const earlier = of(await scraper.scrape(), 'goes');
    assert.equal(earlier.filter(isPressure).length, 6);
    writeFileSync(control, '0');
    for (const scraped of [await scraper.scrape(), await scraper.scrape()]) {
      assert.deepEqual(namesOf(of(scraped, 'goes')), namesOf(earlier.filter((line) => !isPressure(line))));
      assert.equal(of(scraped, 'stays').filter(isPressure).length, 6);
      assert.deepEqual(scraped.errors, {});
    }
    writeFileSync(control, '1');
    const fresh = opened();
    t.after(() => fresh.close());
    assert.deepEqual(namesOf(of(await fresh.scrape(), 'goes')), namesOf(earlier));
  });
});

/** The samples of a container that come from its cgroup. */
function of({ lines }: Scraped, container: string): readonly string[] {
  const facts = /^container_(?:restarts|terminated|resource)_/;
  return lines.filter((line) => line.includes(`container="${container}"`) && !facts.test(line));
}

function namesOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
}
