import type { VNode } from 'preact';
import { Explained, NumberCell, ProblemList, Scroll } from './cells.tsx';
import { cellsOf, type Column, COLUMNS } from './columns.ts';
import type { PodObject } from './document.ts';
import { aboutOf } from './outside.ts';
import * as format from './format.ts';
import type { History } from './history.ts';
import { PodCharts } from './pod-charts.tsx';
import { Processes } from './processes.tsx';
import type { Group, Row } from './rows.ts';
import { NUMBERS, type NumberName } from './source.ts';
import { Tip } from './tip.tsx';
import { Volumes } from './volumes.tsx';

interface PodViewProps {
  readonly group: Group;
  readonly history: History;
}

/** Everything about one pod. */
export function PodView({ group, history }: PodViewProps): VNode | undefined {
  const [first] = group.rows;
  if (first === undefined) return undefined;
  const { pod, time } = first.source;
  const problems = group.rows.flatMap((row) => row.problems.map((problem) => ({ ...problem, row })));
  return (
    <article>
      <h2>
        <span class="soft">{first.namespace} /</span> {first.pod}
      </h2>
      <p class="facts">{factsOf(pod, time).map(fact)}</p>
      {problems.length > 0 && (
        <ul class="reasons">
          {problems.map(({ kind, level, reason, row }) => (
            <li key={`${row.key} ${kind}`} class={level}>
              {group.rows.length > 1 && row.source.container !== undefined && <b>{row.container} </b>}
              {reason}
            </li>
          ))}
        </ul>
      )}
      <h3>{pod.outside === undefined ? 'Containers' : 'Container'}</h3>
      <Containers rows={group.rows} />
      <h3>Last minutes</h3>
      <PodCharts pod={pod} history={history} />
      <Tcp row={first} />
      {(pod.volumes ?? []).length > 0 && (
        <>
          <h3>Volumes</h3>
          <Volumes volumes={pod.volumes ?? []} />
        </>
      )}
      <h3>Processes</h3>
      <Processes key={pod.uid} of={processesOf(pod)} time={time} />
    </article>
  );
}

/** What selects the processes of a pod, or of a container outside of pods. */
function processesOf({ namespace = '', uid, name = uid, outside }: PodObject): Readonly<Record<string, string>> {
  return outside === undefined ? { namespace, pod: name } : { container: outside.name };
}

type Fact = readonly [name: string, value: string | undefined];

function factsOf({ outside, ...pod }: PodObject, time: number): readonly Fact[] {
  const { workload, start_time_seconds: start } = pod;
  const age = start === undefined ? undefined : format.duration(time - start);
  const facts: readonly Fact[] =
    outside === undefined
      ? [
          ['workload', workload === undefined ? undefined : `${workload.kind} ${workload.name}`],
          ['QoS', pod.qos_class],
          ['priority', pod.priority_class],
          ['address', pod.pod_ip],
          ['network', pod.host_network === true ? 'of the node' : undefined],
          ['age', age],
          ['UID', pod.uid],
        ]
      : [['engine', outside.runtime], ...aboutOf(outside), ['age', age], ['ID', outside.id]];
  return facts.filter(([, value]) => value !== undefined);
}

function fact([name, value]: Fact): VNode {
  return (
    <span key={name}>
      <span class="soft">{name}</span> {value}
    </span>
  );
}

/** The network belongs to the pod. */
const CONTAINER_COLUMNS = COLUMNS.filter(({ group }) => group !== 'Network');

function Containers({ rows }: { rows: readonly Row[] }): VNode {
  const columns = CONTAINER_COLUMNS.filter((column) =>
    rows.some(({ source }) => NUMBERS[column.id](source) !== undefined),
  );
  const hasState = rows.some(({ source }) => source.container?.state !== undefined);
  return (
    <Scroll label="Containers">
      <table class="details">
        <thead>
          <tr>
            <th>Container</th>
            {hasState && <th>State</th>}
            {columns.map(({ id, title, group, about }) => (
              <th key={id} class="n">
                <Tip text={about}>{group === undefined ? title : `${group} ${title}`}</Tip>
              </th>
            ))}
            <th>Problems</th>
            <th>Image</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ContainerLine key={row.key} row={row} columns={columns} hasState={hasState} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface ContainerLineProps {
  readonly row: Row;
  readonly columns: readonly Column[];
  readonly hasState: boolean;
}

function ContainerLine({ row, columns, hasState }: ContainerLineProps): VNode {
  const { source, container, problems } = row;
  const { state, state_reason: reason, image } = source.container ?? {};
  return (
    <tr>
      <th scope="row">{source.container === undefined ? 'whole pod' : (source.pod.outside?.name ?? container)}</th>
      {hasState && <td>{[state, reason].filter(Boolean).join(': ')}</td>}
      {cellsOf(source, columns).map((cell) => (
        <NumberCell key={cell.column.id} cell={cell} problems={problems} />
      ))}
      <td>
        <ProblemList problems={problems} />
      </td>
      <td class="image">{image}</td>
    </tr>
  );
}

const TCP: readonly (readonly [name: NumberName, title: string, text: (value: number) => string])[] = [
  ['connections', 'connections', format.count],
  ['sentSegments', 'segments sent', format.perSecond],
  ['retransmittedSegments', 'retransmitted', format.perSecond],
  ['retransmitted', 'share retransmitted', format.percent],
  ['synRetransmits', 'SYNs retransmitted', format.perSecond],
  ['timeouts', 'timeouts', format.perSecond],
  ['resets', 'resets', format.perSecond],
  ['failedAttempts', 'failed attempts', format.perSecond],
  ['listenOverflows', 'accept queue full', format.perSecond],
  ['listenDrops', 'listen drops', format.perSecond],
  ['networkErrors', 'packet errors', format.perSecond],
  ['drops', 'packets dropped', format.perSecond],
];

/** The health of the pod's network; nothing for a pod that uses the node's. */
function Tcp({ row }: { row: Row }): VNode | undefined {
  const values = TCP.flatMap(([name, title, text]) => {
    const value = NUMBERS[name](row.source);
    const problem = row.problems.find(({ number }) => number === name);
    return value === undefined ? [] : [{ title, text: text(value), problem }];
  });
  if (values.length === 0) return undefined;
  return (
    <>
      <h3>Network health</h3>
      <dl>
        {values.map(({ title, text, problem }) => (
          <div key={title} class={problem?.level}>
            <dt>{title}</dt>
            <dd>
              <Explained problem={problem}>{text}</Explained>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
