import { ApiClient, type ApiRequest } from '../src/cluster/api-client.ts';
import { type Clock, systemClock } from '../src/base/clock.ts';
import { PodApi } from '../src/pods/sources/pod-api.ts';
import { PodIndex } from '../src/pods/pod-index.ts';
import { PodWatcher } from '../src/pods/sources/pod-watcher.ts';
import { ApiServer } from '../test/support/api-server.ts';
import { largePod } from '../test/support/large-pod.ts';
import { silentLog } from '../test/support/log-record.ts';
import { equals, until } from '../test/support/until.ts';

/** Load of many exporters on one API server. */
export interface Fleet {
  readonly nodes: number;
  readonly pods: number;
  readonly podBytes: number;
  /** Requests until the list of every node is complete and its watch open. */
  readonly startRequests: number;
  /** Bytes of the list of one node, without headers. */
  readonly listBytes: number;
  /** Bytes of one event. */
  readonly eventBytes: number;
  /** After all connections are reset at once: requests, maximum of them within one second, seconds until all watch. */
  readonly resetRequests: number;
  readonly resetPeak: number;
  readonly resetSeconds: number;
}

const SECOND_MS = 1000;

/** Starts one pod metadata source per node in this process, against one server over real connections. */
export async function measureFleet(nodes: number, pods: number, podBytes: number): Promise<Fleet> {
  const api = await ApiServer.start();
  for (let node = 0; node < nodes; node++) {
    for (let pod = 0; pod < pods; pod++) api.setPod(largePod(node * pods + pod, `node${node}`, podBytes));
  }
  const traffic = { bytes: 0 };
  const fleet = Array.from({ length: nodes }, (_, node) => openNode(api, `node${node}`, traffic));
  try {
    await Promise.all(fleet.map((source) => source.start()));
    await until('all watches', () => api.openWatches, equals(nodes));
    const startRequests = api.requests.length;
    const listBytes = traffic.bytes / nodes;
    const eventBytes = await bytesOfEvent(api, fleet, traffic);
    return { nodes, pods, podBytes, startRequests, listBytes, eventBytes, ...(await reset(api, nodes)) };
  } finally {
    await Promise.all(fleet.map((source) => source.stop()));
    await api.close();
  }
}

function openNode(api: ApiServer, nodeName: string, traffic: { bytes: number }): PodWatcher {
  const headers = { Authorization: `Bearer ${api.token}` };
  const client = new ApiClient(() => Promise.resolve({ url: api.url, headers, options: {} }), systemClock, silentLog);
  const counted = {
    async *get(request: ApiRequest) {
      for await (const chunk of client.get(request)) {
        traffic.bytes += chunk.length;
        yield chunk;
      }
    },
  };
  return openWatcher(counted, nodeName, systemClock);
}

/** A pod metadata source that uses `client`. */
export function openWatcher(client: Pick<ApiClient, 'get'>, nodeName: string, clock: Clock): PodWatcher {
  return new PodWatcher({
    api: new PodApi(client, { path: '/api/v1/pods', fieldSelector: `spec.nodeName=${nodeName}` }, Math.random),
    index: new PodIndex({ podLabels: [], podAnnotations: [], nodeName }),
    log: silentLog,
    clock,
    random: Math.random,
  });
}

async function bytesOfEvent(api: ApiServer, fleet: readonly PodWatcher[], traffic: { bytes: number }): Promise<number> {
  const [first] = fleet;
  const pod = largePod(0, 'node0', 0);
  const changed = { ...pod, status: { ...pod.status, podIP: '10.0.0.1' } };
  const before = traffic.bytes;
  api.setPod(changed);
  await until('the change', () => first?.index.find(pod.metadata.uid)?.podIp, equals('10.0.0.1'));
  return traffic.bytes - before - JSON.stringify(changed).length;
}

async function reset(api: ApiServer, nodes: number) {
  const times: number[] = [];
  const recordTime = (): number => times.push(performance.now());
  api.events.on('watch', recordTime).on('list', recordTime);
  const startedAt = performance.now();
  api.resetWatches();
  await until('the end of a watch', () => api.openWatches < nodes);
  await until('all watches again', () => api.openWatches, equals(nodes));
  const resetSeconds = (performance.now() - startedAt) / SECOND_MS;
  const peaks = times.map((time) => times.filter((other) => other >= time && other < time + SECOND_MS).length);
  return { resetRequests: times.length, resetPeak: Math.max(...peaks), resetSeconds };
}
