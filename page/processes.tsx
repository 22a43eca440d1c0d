import { Component, type VNode } from 'preact';
import { Scroll } from './cells.tsx';
import type { ProcessesDocument, ProcessObject } from './document.ts';
import * as format from './format.ts';
import { Tip } from './tip.tsx';

interface ProcessesProps {
  /** Parameters that select them. */
  readonly of: Readonly<Record<string, string>>;
  /** Unix time of the shown document; they are read again with each one, so not while the page is hidden or paused. */
  readonly time: number;
}

interface ProcessesState {
  readonly document?: ProcessesDocument | undefined;
  readonly failure?: string;
  /** Cores by PID and start, since the document before. */
  readonly cores: ReadonlyMap<string, number>;
}

/** A process with its container. */
interface ShownProcess extends ProcessObject {
  readonly container: string;
  readonly cores: number | undefined;
  readonly at: number;
}

const MAX_SHOWN = 100;

/** The processes of a pod or a container, those with the most CPU first; read again as long as they are shown. */
export class Processes extends Component<ProcessesProps, ProcessesState> {
  override state: ProcessesState = { cores: new Map() };
  #isReading = false;
  readonly #gone = new AbortController();

  override componentDidMount(): void {
    void this.#read();
  }

  override componentDidUpdate({ time }: ProcessesProps): void {
    if (time !== this.props.time && !this.#isReading) void this.#read();
  }

  override componentWillUnmount(): void {
    this.#gone.abort();
  }

  override render(_: ProcessesProps, { document, failure, cores }: ProcessesState): VNode {
    if (document === undefined) return <p class="soft">{failure ?? 'Reading …'}</p>;
    const processes = shownOf(document, cores);
    if (processes.length === 0) return <p class="soft">{whyNone(document)}</p>;
    const omitted = document.containers.reduce((total, each) => total + (each.omitted ?? 0), 0);
    const hidden = omitted + Math.max(0, processes.length - MAX_SHOWN);
    return (
      <Scroll label="Processes">
        <table class="details">
          <thead>
            <tr>
              <th class="n">PID</th>
              <th>Name</th>
              <th>Container</th>
              <th>State</th>
              <th class="n">
                <Tip text="CPU time per second, in cores.">Cores</Tip>
              </th>
              <th class="n">
                <Tip text="CPU time since the process started.">CPU time</Tip>
              </th>
              <th class="n">
                <Tip text="Resident memory, including what is shared with other processes.">Resident</Tip>
              </th>
              <th class="n">Swap</th>
              <th class="n">Threads</th>
              <th class="n">Age</th>
            </tr>
          </thead>
          <tbody>{processes.slice(0, MAX_SHOWN).map(line)}</tbody>
        </table>
        {hidden > 0 && <p class="soft">{format.count(hidden)} more.</p>}
      </Scroll>
    );
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      const response = await fetch(`api/v1/processes?${new URLSearchParams(this.props.of)}`, {
        signal: this.#gone.signal,
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      const document = (await response.json()) as ProcessesDocument;
      this.setState((before) => ({ document, cores: coresOf(before.document, document) }));
    } catch (error) {
      if (this.#gone.signal.aborted) return;
      this.setState({
        document: undefined,
        failure: `The processes cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
    this.#isReading = false;
  }
}

function whyNone({ containers }: ProcessesDocument): string {
  if (containers.length === 0) return 'No running container.';
  return 'The processes are not visible to the exporter, which requires hostPID: true on the node.';
}

function line(process: ShownProcess): VNode {
  const { pid, name, container, state, cores, at } = process;
  return (
    <tr key={keyOf(process)}>
      <td class="n">{pid}</td>
      <td>
        <bdi>{name}</bdi>
      </td>
      <td>{container}</td>
      <td class={state === 'zombie' || state === 'disk sleep' ? 'warning' : undefined}>{state}</td>
      <td class="n">{cores === undefined ? '' : format.cores(cores)}</td>
      <td class="n">{process.cpu_seconds_total.toFixed(2)} s</td>
      <td class="n">{process.resident_bytes === undefined ? '' : format.bytes(process.resident_bytes)}</td>
      <td class="n">{process.swap_bytes === undefined ? '' : format.bytes(process.swap_bytes)}</td>
      <td class="n">{process.threads}</td>
      <td class="n">{format.duration(at - process.start_time_seconds)}</td>
    </tr>
  );
}

function shownOf({ containers }: ProcessesDocument, cores: ReadonlyMap<string, number>): readonly ShownProcess[] {
  return containers
    .flatMap(({ name, id, processes = [], time_seconds: at }) =>
      processes.map((process) => ({
        ...process,
        container: name ?? id.slice(0, 12),
        cores: cores.get(keyOf(process)),
        at,
      })),
    )
    .toSorted(
      (left, right) =>
        (right.cores ?? 0) - (left.cores ?? 0) || (right.resident_bytes ?? 0) - (left.resident_bytes ?? 0),
    );
}

/** A PID may be used again. */
function keyOf({ pid, start_time_seconds: start }: ProcessObject): string {
  return `${pid}@${start}`;
}

function coresOf(before: ProcessesDocument | undefined, now: ProcessesDocument): ReadonlyMap<string, number> {
  const earlier = new Map(
    (before?.containers ?? []).flatMap(({ time_seconds: at, processes = [] }) =>
      processes.map((process) => [keyOf(process), { at, seconds: process.cpu_seconds_total }] as const),
    ),
  );
  return new Map(
    now.containers.flatMap(({ time_seconds: at, processes = [] }) =>
      processes.flatMap((process) => {
        const last = earlier.get(keyOf(process));
        if (last === undefined || at <= last.at) return [];
        return [[keyOf(process), (process.cpu_seconds_total - last.seconds) / (at - last.at)] as const];
      }),
    ),
  );
}
