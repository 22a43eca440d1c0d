import { print } from '../base/standard-output.ts';
import { VIEWS } from './columns.ts';
import { numberAt, parseDocument, type NodeDocument } from './document.ts';
import { RecentEvents } from './recent-events.ts';
import { rowsOf } from './rows.ts';
import type { DocumentSource } from './source.ts';
import { plainText } from './spans.ts';
import { visibleRows, type Choice } from './state.ts';
import { table } from './table.ts';

export interface PlainOptions {
  readonly choice: Choice;
  readonly format: 'text' | 'json';
  /** One table, or one per interval. */
  readonly isStream: boolean;
}

/** Prints documents to standard output that is no terminal, or as JSON: each document in a line, or as a table. */
export async function printDocuments(
  source: DocumentSource,
  options: PlainOptions,
  signal: AbortSignal,
): Promise<void> {
  const recent = new RecentEvents();
  for await (const text of source.documents(signal)) {
    const document = parseDocument(text);
    recent.update(document);
    // The first document of an exporter without an earlier request has no rates.
    if (!hasRates(document)) continue;
    const isWritten = await print(
      Buffer.from(options.format === 'json' ? `${text}\n` : tableOf(document, recent, options)),
    );
    if (!isWritten || !options.isStream) return;
  }
}

function hasRates({ node, pods, containers = [] }: NodeDocument): boolean {
  const rows = [...pods, ...containers];
  return rows.length === 0 || [node, ...rows].some((each) => each['rates'] !== undefined);
}

function tableOf(document: NodeDocument, recent: RecentEvents, { choice, isStream }: PlainOptions): string {
  const { columns } = VIEWS[choice.view];
  const rows = visibleRows(rowsOf(document, recent), { ...choice, expanded: new Set() });
  const nodeMemory = numberAt(document.node, 'memory', 'capacity_bytes');
  const context = { now: document.time_seconds, nodeMemory, zero: '0', isTree: false } as const;
  const { titles, lines } = table(columns, rows, context, Infinity);
  const text = [titles, ...lines].map((line) => `${plainText(line).trimEnd()}\n`).join('');
  return isStream ? `${text}\n` : text;
}
