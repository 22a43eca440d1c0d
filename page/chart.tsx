import { Component, createRef, type VNode } from 'preact';
import uPlot from 'uplot';
import * as format from './format.ts';
import { Tip } from './tip.tsx';

/** A line of a chart. */
export interface Line {
  readonly label: string;
  readonly values: readonly number[];
  /** A limit: dashed, in the colour of text. */
  readonly isLimit?: boolean;
}

export interface ChartProps {
  readonly title: string;
  /** What the chart shows, for the tooltip of its title. */
  readonly about: string;
  readonly text: (value: number) => string;
  /** Allowed distances of the horizontal lines; decimal ones without. */
  readonly steps?: readonly number[];
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Lines are stacked as areas, because their sum is meaningful; limits are not. */
  readonly stacked?: boolean;
  readonly key?: string;
}

const HEIGHT = 130;

/** Seconds that a chart shows, even if the page was opened a moment ago. */
const SPAN_SECONDS = 300;

/** Lines of one unit over the last minutes, with their present values. */
export class Chart extends Component<ChartProps> {
  readonly #canvas = createRef<HTMLDivElement>();
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #redraw = (): void => this.#draw();
  #plot: uPlot | undefined;
  #drawn = '';
  #resized: ResizeObserver | undefined;

  override componentDidMount(): void {
    this.#draw();
    this.#dark.addEventListener('change', this.#redraw);
    this.#resized = new ResizeObserver(() => this.#plot?.setSize({ width: this.#width(), height: HEIGHT }));
    if (this.#canvas.current !== null) this.#resized.observe(this.#canvas.current);
  }

  override componentDidUpdate(): void {
    if (this.#shape() === this.#drawn) this.#plot?.setData(this.#data());
    else this.#draw();
  }

  override componentWillUnmount(): void {
    this.#dark.removeEventListener('change', this.#redraw);
    this.#resized?.disconnect();
    this.#plot?.destroy();
  }

  override render({ title, about, lines, text }: ChartProps): VNode {
    return (
      <figure class="chart">
        <figcaption>
          <Tip text={about}>{title}</Tip>
        </figcaption>
        <div ref={this.#canvas} aria-hidden="true" />
        <ul>
          {lines.map(({ label, values, isLimit }, index) => (
            <li key={label} class={isLimit === true ? 'limit' : `c${index % 8}`}>
              <i aria-hidden="true" />
              {label} <b>{present(values, text)}</b>
            </li>
          ))}
        </ul>
      </figure>
    );
  }

  #draw(): void {
    this.#plot?.destroy();
    const { current } = this.#canvas;
    if (current === null) return;
    this.#drawn = this.#shape();
    this.#plot = new uPlot(this.#options(current), this.#data(), current);
  }

  /** A chart with other lines is made again. */
  #shape(): string {
    return this.props.lines.map(({ label }) => label).join('\n');
  }

  #width(): number {
    return this.#canvas.current?.clientWidth ?? 0;
  }

  /** Stacked lines from the tallest to the lowest, as bands name them. */
  #order(): readonly { readonly line: Line; readonly index: number }[] {
    const lines = this.props.lines.map((line, index) => ({ line, index }));
    return this.props.stacked === true ? lines.toReversed() : lines;
  }

  #data(): uPlot.AlignedData {
    const { times, lines, stacked = false } = this.props;
    const base: number[] = times.map(() => 0);
    const shown = lines.map(({ values, isLimit }) =>
      values.map((value, position) => {
        if (Number.isNaN(value)) return null;
        if (!stacked || isLimit === true) return value;
        base[position] = (base[position] ?? 0) + value;
        return base[position] ?? null;
      }),
    );
    return [[...times], ...this.#order().map(({ index }) => shown[index] ?? [])];
  }

  #options(parent: HTMLElement): uPlot.Options {
    const style = getComputedStyle(parent);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const axis = { stroke: color('--soft'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
    const steps = this.props.steps === undefined ? {} : { incrs: [...this.props.steps] };
    const font = `11px ${style.fontFamily}`;
    return {
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      // The last time is centred below the end.
      padding: [8, 16, 0, 0],
      scales: { x: { range: (_, __, max) => [max - SPAN_SECONDS, max] }, y: { range: (_, __, max) => [0, top(max)] } },
      axes: [
        {
          ...axis,
          font,
          size: 22,
          space: 40,
          incrs: [60],
          values: (_, times) => times.map((time) => format.clock(time).slice(0, -3)),
        },
        {
          ...axis,
          font,
          size: 68,
          space: 28,
          ...steps,
          values: (_, values) => values.map((value) => this.props.text(value)),
        },
      ],
      ...this.#bands(color),
      series: [{}, ...this.#order().map(({ line, index }) => this.#series(line, index, color))],
    };
  }

  #series({ isLimit = false }: Line, index: number, color: (name: string) => string): uPlot.Series {
    if (isLimit) return { stroke: color('--soft'), dash: [4, 4], width: 1, points: { show: false } };
    const stroke = color(`--c${index % 8}`);
    const isLowest = this.props.stacked === true && index === 0;
    return { stroke, width: 1.5, points: { show: false }, ...(isLowest ? { fill: area(stroke) } : {}) };
  }

  /** The area of each stacked line down to the next one; that of the lowest down to zero. */
  #bands(color: (name: string) => string): { readonly bands: uPlot.Band[] } {
    const bands: uPlot.Band[] = [];
    const order = this.#order();
    for (const [position, { line, index }] of order.entries()) {
      if (this.props.stacked !== true || line.isLimit === true || position === order.length - 1) continue;
      bands.push({ series: [position + 1, position + 2], fill: area(color(`--c${index % 8}`)) });
    }
    return { bands };
  }
}

function present(values: readonly number[], text: (value: number) => string): string {
  const value = values.at(-1);
  return value === undefined || Number.isNaN(value) ? '–' : text(value);
}

/** The colour of an area below a line, `#rrggbb` with an alpha of a third. */
function area(stroke: string): string {
  return `${stroke}55`;
}

/** Room above the highest value; a line at zero stays at the bottom. */
function top(max: number): number {
  return max > 0 ? max * 1.05 : 1;
}
