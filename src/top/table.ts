import { DETAIL_RANK, type CellContext, type Column } from './columns.ts';
import type { Row } from './rows.ts';
import { shortened, type Line, type Span, type Style } from './spans.ts';

/** A column with its place on the screen. */
interface Placed {
  readonly column: Column;
  readonly width: number;
  readonly texts: readonly string[];
}

export interface Table {
  readonly titles: Line;
  /** One per row. */
  readonly lines: readonly Line[];
}

/** Narrower tables have one space between columns instead of two. */
const WIDE = 100;

/** A text for a number that is not available. */
const ABSENT = '-';

/** The table of rows in at most `width` characters: columns are removed by their rank until the others have room. */
export function table(columns: readonly Column[], rows: readonly Row[], context: CellContext, width: number): Table {
  const gap = ' '.repeat(width < WIDE ? 1 : 2);
  const all = columns.map((column) => ({ column, texts: rows.map((row) => column.text(row, context) ?? ABSENT) }));
  const detailed = fitting(all.map(comfortable), { width, gap: gap.length, minRank: DETAIL_RANK });
  const placed = withRoom(fitting(detailed.map(minimal), { width, gap: gap.length, minRank: 1 }), width, gap.length);
  const line = (span: (each: Placed) => Span): Line =>
    placed.flatMap((each, index) => (index === 0 ? [span(each)] : [{ text: gap }, span(each)]));
  return {
    titles: line((each) => ({ text: cell(each, each.column.title), style: 'dim' })),
    lines: rows.map((row, index) =>
      line((each) => ({ text: cell(each, each.texts[index] ?? ''), style: styleOf(each.column, row) })),
    ),
  };
}

/** A column with the room that its words usually need. */
function comfortable(column: Omit<Placed, 'width'>): Placed {
  const { width } = minimal(column);
  return { ...column, width: Math.max(width, column.column.wide ?? 0) };
}

/** A column with the room that it needs at least: numbers are never cut. */
function minimal({ column, texts }: Omit<Placed, 'width'>): Placed {
  const needed = column.wide === undefined ? natural({ column, texts }) : column.width;
  return { column, texts, width: Math.max(column.title.length, needed) };
}

function natural({ column, texts }: Omit<Placed, 'width'>): number {
  const least = column.wide === undefined ? column.width : 0;
  return Math.max(least, ...texts.map(({ length }) => length));
}

interface Room {
  readonly width: number;
  readonly gap: number;
  /** Columns of lower ranks stay. */
  readonly minRank: number;
}

/** The columns without those of the highest ranks, until they fit. */
function fitting(columns: readonly Placed[], room: Room): readonly Placed[] {
  const rank = Math.max(...columns.map(({ column }) => column.rank));
  if (rank < room.minRank || totalWidth(columns, room.gap) <= room.width) return columns;
  const removed = columns.findLastIndex(({ column }) => column.rank === rank);
  return fitting(columns.toSpliced(removed, 1), room);
}

/**
 * Gives the room that is left to the columns with words: first what they usually need, then what their texts need. The
 * last column gets the former whatever its texts are, so that the others do not move when something goes wrong.
 */
function withRoom(columns: readonly Placed[], width: number, gap: number): readonly Placed[] {
  const usual = widened(columns, width - totalWidth(columns, gap), ({ column, texts }) =>
    Math.min(column.wide ?? 0, column === columns.at(-1)?.column ? Infinity : natural({ column, texts })),
  );
  return widened(usual, width - totalWidth(usual, gap), natural);
}

/** Columns with words as wide as they need, as far as there is room, the first ones first. */
function widened(columns: readonly Placed[], room: number, needed: (column: Placed) => number): readonly Placed[] {
  let left = room;
  return columns.map((each) => {
    if (each.column.wide === undefined) return each;
    const taken = Math.max(0, Math.min(left, needed(each) - each.width));
    left -= taken;
    return { ...each, width: each.width + taken };
  });
}

function totalWidth(columns: readonly Placed[], gap: number): number {
  return columns.reduce((sum, { width }) => sum + width + gap, -gap);
}

function cell({ column, width }: Placed, text: string): string {
  const shown = (column.shorten ?? shortened)(text, width);
  return column.align === 'left' ? shown.padEnd(width) : shown.padStart(width);
}

/** The severity of the worst trouble that a column shows. */
function styleOf({ measures }: Column, { troubles }: Row): Style | undefined {
  return troubles.find(({ measure }) => measures.includes(measure))?.severity;
}
