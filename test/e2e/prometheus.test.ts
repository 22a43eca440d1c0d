import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { sendRequest } from '../support/http-client.ts';
import { Cleanup } from '../support/cleanup.ts';
import { ExporterProcess } from '../support/exporter-process.ts';
import { GOLDEN_FLAGS, recordedFlags } from '../support/exporter-flags.ts';
import { parseExposition } from '../support/exposition.ts';
import type { Sample } from '../support/exposition.ts';
import { Prometheus, scrapeEach, whyNoPrometheus } from '../support/prometheus.ts';
import { goldenNode } from '../support/recorded-node.ts';

const SCRAPES = 3;
/** How the series of pods, containers and cgroups are called, but not those of the exporter itself. */
const OF_THE_NODE = '{__name__=~"(container|cgroup|pod)_.+",__name__!~"pod_exporter_.+"}';

/** The jobs by name, with the header by which each asks. */
const JOBS: Readonly<Record<string, string | undefined>> = {
  'as-it-likes': undefined,
  text: 'text/plain;version=0.0.4',
};

/** What a job scrapes in the exporter's place. */
interface Asker {
  readonly server: Server;
  /** Headers of the exporter's answers. */
  readonly seen: readonly IncomingHttpHeaders[];
}

/** A server that asks `url` with another header `Accept`, if one is given, and passes the answer on. */
async function askingFor(accept: string | undefined, url: string): Promise<Asker> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const headers = { ...request.headers, ...(accept === undefined ? {} : { accept }) };
    const passOn = (answer: IncomingMessage): void => {
      seen.push(answer.headers);
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    };
    sendRequest(url + (request.url ?? ''), { headers }).then(passOn, () => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, seen };
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `127.0.0.1:${address.port}`;
}

/** A series as text, without what Prometheus adds to it. */
function identity(name: string, labels: Readonly<Record<string, string>>): string {
  const { job: _job, instance: _instance, __name__: _name, ...own } = labels;
  return `${name} ${JSON.stringify(Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`;
}

const node = goldenNode('v2-systemd');

describe('Prometheus', { skip: whyNoPrometheus() }, () => {
  const cleanup = new Cleanup();
  let exporter: ExporterProcess;
  let prometheus: Prometheus;
  let samples: readonly Sample[];
  const askers = new Map<string, Asker>();

  before(async () => {
    exporter = await ExporterProcess.start([...recordedFlags(node), ...GOLDEN_FLAGS]);
    cleanup.defer(() => exporter.stop());
    await exporter.ready();
    for (const [job, accept] of Object.entries(JOBS)) {
      const asker = await askingFor(accept, exporter.url);
      cleanup.defer(() => close(asker.server));
      askers.set(job, asker);
    }
    prometheus = await Prometheus.start({
      global: await scrapeEach(Object.keys(JOBS).map(() => `${exporter.url}/metrics`)),
      scrape_configs: [...askers].map(([job_name, { server }]) => ({
        job_name,
        honor_labels: true,
        static_configs: [{ targets: [addressOf(server)] }],
      })),
    });
    cleanup.defer(() => prometheus.stop());
    await prometheus.scraped(askers.size, SCRAPES);
    samples = parseExposition(await exporter.get('/metrics')).filter(
      ({ name }) => /^(?:container|cgroup|pod)_/.test(name) && !name.startsWith('pod_exporter_'),
    );
  });

  after(() => cleanup.run());

  test('finds the exporter up at every scrape', async () => {
    const up = await prometheus.query('min_over_time(up[1m])');
    assert.deepEqual(Object.fromEntries(up.map(({ labels, value }) => [labels['job'], value])), {
      'as-it-likes': 1,
      text: 1,
    });
  });

  test('gets OpenMetrics or text as requested, compressed', () => {
    const types = {
      'as-it-likes': /^application\/openmetrics-text; version=1\.0\.0;/,
      text: /^text\/plain; version=0\.0\.4;/,
    };
    for (const [job, type] of Object.entries(types)) {
      const answers = askers.get(job)?.seen ?? [];
      assert.ok(answers.length >= SCRAPES);
      for (const headers of answers) {
        assert.match(headers['content-type'] ?? '', type);
        assert.equal(headers['content-encoding'], 'gzip');
      }
    }
  });

  for (const job of Object.keys(JOBS)) {
    test(`has every series with its labels and its value (${job})`, async () => {
      const series = await prometheus.query(OF_THE_NODE.replace('{', `{job="${job}",`));
      const expected = new Map(samples.map(({ name, labels, value }) => [identity(name, labels), value]));
      const got = new Map(series.map(({ labels, value }) => [identity(labels['__name__'] ?? '', labels), value]));
      assert.equal(got.size, series.length);
      assert.deepEqual(got, expected);
    });

    test(`knows what is a counter and what a gauge (${job})`, async () => {
      const types = await prometheus.types(job);
      const of = (name: string): string | undefined => types.get(name) ?? types.get(name.replace(/_total$/, ''));
      assert.equal(of('container_cpu_usage_seconds_total'), 'counter');
      assert.equal(of('pod_network_receive_bytes_total'), 'counter');
      assert.equal(of('container_memory_working_set_bytes'), 'gauge');
      assert.equal(of('pod_exporter_scrape_duration_seconds'), 'histogram');
      assert.ok(![...types.values()].includes('unknown'));
    });
  }

  test('accepts every sample of every scrape', async () => {
    const dropped = await prometheus.query('scrape_samples_scraped - scrape_samples_post_metric_relabeling');
    assert.deepEqual(
      dropped.map(({ value }) => value),
      [0, 0],
    );
    const [scraped] = await prometheus.query('min(scrape_samples_scraped)');
    assert.ok((scraped?.value ?? 0) > samples.length);
  });

  test('has seen no other series before', async () => {
    const query = `count by (job) (last_over_time(${OF_THE_NODE}[1m]))`;
    const counts = await prometheus.query(query);
    assert.deepEqual(
      counts.map(({ value }) => value),
      [samples.length, samples.length],
    );
  });

  test('has no complaint', () => {
    const complaints = prometheus.log.split('\n').filter((line) => /level=(?:warn|error)/.test(line));
    assert.deepEqual(complaints, []);
  });
});
