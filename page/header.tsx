import type { VNode } from 'preact';
import { numberAt, pathOf, type PodsDocument, rateAt, ratio } from './document.ts';
import * as format from './format.ts';
import { contentOf, type Group } from './rows.ts';
import { HOME, fragmentOf, type Route } from './route.ts';
import { type Connection, INTERVAL_SECONDS } from './stream.ts';
import { Tip } from './tip.tsx';

interface HeaderProps {
  readonly document: PodsDocument | undefined;
  readonly groups: readonly Group[];
  readonly connection: Connection;
  readonly route: Route;
  /** Why the exporter refuses, if it does. */
  readonly refusal: string | undefined;
  /** Within the last minutes. */
  readonly failedChecks: number;
  readonly pause: () => void;
}

const CONNECTIONS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting …',
  live: `live, every ${INTERVAL_SECONDS} s`,
  lost: 'connection lost, retrying',
  paused: 'paused',
};

/** The node in one line, and the state of the page. */
export function Header({ document, groups, connection, refusal, route, failedChecks, pause }: HeaderProps): VNode {
  const isPaused = connection === 'paused';
  return (
    <header>
      <h1>
        <a href={fragmentOf(HOME)}>{document?.node.name ?? 'pod-exporter'}</a>
      </h1>
      <dl>
        {summaryOf(document, groups).map(({ name, value, level }) => (
          <div key={name} class={level}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <nav>
        <a href={fragmentOf(HOME)} aria-current={route.page === 'node' ? undefined : 'page'}>
          {contentOf(groups) === 'containers' ? 'Containers' : 'Pods'}
        </a>
        <a href="#node" aria-current={route.page === 'node' ? 'page' : undefined}>
          Node and endpoints
        </a>
        <FailedChecks count={failedChecks} />
        <Tip text="Pauses or continues (key p)." class={`connection ${connection}`} onClick={pause}>
          <span role="status">{CONNECTIONS[connection]}</span>
          <span aria-hidden="true">{isPaused ? ' ▶' : ' ❚❚'}</span>
        </Tip>
      </nav>
      {connection === 'lost' && <Lost refusal={refusal} time={document?.time_seconds} />}
    </header>
  );
}

function FailedChecks({ count }: { count: number }): VNode | undefined {
  if (count === 0) return undefined;
  return (
    <a href="#node" class="problem warning">
      {count} {count === 1 ? 'check' : 'checks'} failed
    </a>
  );
}

/** Why there are no new numbers, and how old the shown ones are. */
function Lost({ refusal, time }: { refusal: string | undefined; time: number | undefined }): VNode {
  return (
    <p class="critical" role="alert">
      {refusal === undefined ? 'The exporter cannot be reached.' : `The exporter refuses: ${refusal}.`}
      {time !== undefined && ` The numbers are those of ${format.clock(time)}.`}
    </p>
  );
}

interface Summary {
  readonly name: string;
  readonly value: string;
  readonly level?: 'critical' | 'warning';
}

const NODE = {
  cpu: pathOf('cpu.usage_seconds_total'),
  cores: pathOf('cpu.cores'),
  memory: pathOf('memory.working_set_bytes'),
  capacity: pathOf('memory.capacity_bytes'),
} as const;

function summaryOf(document: PodsDocument | undefined, groups: readonly Group[]): readonly Summary[] {
  if (document === undefined) return [];
  const { node, pods, containers: outside = [] } = document;
  const problems = groups.flatMap(({ rows }) => rows.flatMap((row) => row.problems));
  const critical = problems.filter(({ level }) => level === 'critical').length;
  const containers = pods.reduce((total, pod) => total + pod.containers.length, outside.length);
  const failed = document.collectors.filter(({ success }) => !success).map(({ name }) => name);
  return [
    ...usage('CPU', rateAt(node, NODE.cpu), numberAt(node, NODE.cores), cores),
    ...usage('memory', numberAt(node, NODE.memory), numberAt(node, NODE.capacity), format.bytes),
    { name: 'pods', value: String(pods.length) },
    { name: 'containers', value: String(containers) },
    ...(outside.length === 0 || pods.length === 0 ? [] : [{ name: 'outside of pods', value: String(outside.length) }]),
    { name: 'critical', value: String(critical), ...(critical > 0 ? { level: 'critical' } : {}) },
    { name: 'warnings', value: String(problems.length - critical) },
    ...(failed.length === 0
      ? []
      : [{ name: 'collectors failed', value: failed.join(', '), level: 'warning' as const }]),
  ];
}

function usage(
  name: string,
  used: number | undefined,
  capacity: number | undefined,
  text: (value: number) => string,
): readonly Summary[] {
  const share = ratio(used, capacity);
  if (used === undefined || capacity === undefined || share === undefined) return [];
  const value = `${text(used)} of ${text(capacity)} (${format.percent(share)})`;
  return [{ name, value, ...(share > 0.95 ? { level: 'warning' as const } : {}) }];
}

function cores(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
