import { field, isObject, text } from '../../base/untrusted-json.ts';

/** The file has no valid pod list. The message is one line and does not quote the file. */
export class InvalidPodFile extends Error {
  override readonly name = 'InvalidPodFile';
}

/** Kinds of lists that may contain pods; handwritten lists often have no kind. */
const LIST_KINDS: ReadonlySet<unknown> = new Set(['List', 'PodList', undefined]);

/**
 * Parses the content of a pod file: JSON if it starts with a brace, else YAML with any number of documents. Each
 * document is a List, a PodList or a Pod. The pods are not validated.
 *
 * @throws {InvalidPodFile}
 */
export async function readPodDocuments(content: string): Promise<readonly unknown[]> {
  const isJson = content.trimStart().startsWith('{');
  const documents = isJson ? [parseJson(content)] : await parseYaml(content);
  if (documents.length === 0) throw new InvalidPodFile('the file is empty');
  return documents.flatMap(podsIn);
}

function podsIn(document: unknown): readonly unknown[] {
  if (!isObject(document)) throw new InvalidPodFile('not a Kubernetes object');
  const { kind, items } = document;
  if (kind === 'Pod') return [document];
  if (kind === undefined && !Array.isArray(items)) throw new InvalidPodFile('missing kind');
  if (!LIST_KINDS.has(kind)) throw new InvalidPodFile(`kind is ${kindText(kind)}, must be List, PodList or Pod`);
  // Go writes an empty list as null.
  const entries = items ?? [];
  if (!Array.isArray(entries)) throw new InvalidPodFile('items is not a list');
  return entries.filter((item) => (field(item, 'kind') ?? 'Pod') === 'Pod');
}

function kindText(kind: unknown): string {
  return /^\w{1,60}$/.exec(text(kind) ?? '')?.[0] ?? 'invalid';
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.trimStart());
  } catch (error) {
    const [, line, column] = /line (\d+) column (\d+)/.exec(String(error)) ?? [];
    throw new InvalidPodFile(`not valid JSON${line === undefined ? '' : `: line ${line}, column ${column}`}`);
  }
}

async function parseYaml(content: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = [...parseAllDocuments(content, { logLevel: 'silent' })];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error === undefined) continue;
    const { line, col } = error.linePos?.[0] ?? {};
    throw new InvalidPodFile(`not valid YAML${line === undefined ? '' : `: line ${line}, column ${col}`}`);
  }
  try {
    return documents.map((document) => document.toJS() as unknown).filter((document) => document !== null);
  } catch {
    throw new InvalidPodFile('not valid YAML: an alias is undefined or the aliases expand to too many nodes');
  }
}
