import { measureFleet } from './fleet.ts';
import { measureIdleHour } from './idle-hour.ts';

/** Load of the exporters of a cluster on its API server, measured per node and multiplied. */

const FLEET = { nodes: 200, pods: 30, podBytes: 10_000 } as const;
const CLUSTERS = [100, 5000, 15_000] as const;

/** A server sends one bookmark per minute to each watch. */
const BOOKMARKS_PER_HOUR = 60;
const BOOKMARK_BYTES = Buffer.byteLength(
  '{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"1234567890","creationTimestamp":null},"spec":{"containers":null},"status":{}}}\n',
);

const fleet = await measureFleet(FLEET.nodes, FLEET.pods, FLEET.podBytes);
const { lists, watches } = await measureIdleHour();
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

print(`${fleet.nodes} nodes of ${fleet.pods} pods of ${fleet.podBytes} bytes, in one process against one server:`);
print(`- startup: ${fleet.startRequests} requests, ${Math.round(fleet.listBytes)} bytes of list per node`);
print(`- event: the pod plus ${fleet.eventBytes} bytes`);
print(
  `- all connections reset at once: ${fleet.resetRequests} requests, at most ${fleet.resetPeak} per second, ` +
    `all watches open after ${fleet.resetSeconds.toFixed(1)} s`,
);
print(`- idle hour of one node: ${lists.toFixed(2)} lists, ${watches.toFixed(2)} watches`);
print('');
print('| nodes | open watches | lists/s | watch requests/s | lists, MB/s | bookmarks, MB/s |');
print('| --- | --- | --- | --- | --- | --- |');
for (const nodes of CLUSTERS) {
  const perSecond = (hourly: number): number => (nodes * hourly) / 3600;
  const cells = [
    String(nodes),
    String(nodes),
    perSecond(lists).toFixed(2),
    perSecond(watches).toFixed(2),
    ((perSecond(lists) * fleet.listBytes) / 1e6).toFixed(2),
    ((perSecond(BOOKMARKS_PER_HOUR) * BOOKMARK_BYTES) / 1e6).toFixed(3),
  ];
  print(`| ${cells.join(' | ')} |`);
}
