import { field, isObject, text } from '../../base/untrusted-json.ts';

/** A text that does not hold pods. The message is one line and quotes nothing of the text. */
export class InvalidPodFile extends Error {
  override readonly name = 'InvalidPods';
}

/** Kinds of lists that may hold pods; lists written by hand have none. */
const LISTS: ReadonlySet<unknown> = new Set(['List', 'PodList', undefined]);

/**
 * The pods of a text in JSON, if it begins with a brace, or in YAML: objects of kind List, PodList or Pod,
 * in YAML any number of them. They are not looked into.
 *
 * @throws {InvalidPodFile}
 */
export async function readPodDocuments(content: string): Promise<readonly unknown[]> {
  const isJson = content.trimStart().startsWith('{');
  const documents = isJson ? [parseJson(content)] : await parseYaml(content);
  if (documents.length === 0) throw new InvalidPodFile('there is nothing in it');
  return documents.flatMap(podsOf);
}

function podsOf(document: unknown): readonly unknown[] {
  if (!isObject(document)) throw new InvalidPodFile('it is not a Kubernetes object');
  const { kind, items } = document;
  if (kind === 'Pod') return [document];
  if (kind === undefined && !Array.isArray(items)) throw new InvalidPodFile('it has no kind');
  if (!LISTS.has(kind)) throw new InvalidPodFile(`its kind is ${named(kind)}, not List, PodList or Pod`);
  // Go writes an empty list as null.
  const entries = items ?? [];
  if (!Array.isArray(entries)) throw new InvalidPodFile('its items are not a list');
  return entries.filter((item) => (field(item, 'kind') ?? 'Pod') === 'Pod');
}

function named(kind: unknown): string {
  return /^\w{1,60}$/.exec(text(kind) ?? '')?.[0] ?? 'something odd';
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.trimStart());
  } catch (error) {
    const [, line, column] = /line (\d+) column (\d+)/.exec(String(error)) ?? [];
    throw new InvalidPodFile(`it is not valid JSON${line === undefined ? '' : `: line ${line}, column ${column}`}`);
  }
}

async function parseYaml(content: string): Promise<readonly unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = [...parseAllDocuments(content, { logLevel: 'silent' })];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error === undefined) continue;
    const { line, col } = error.linePos?.[0] ?? {};
    throw new InvalidPodFile(`it is not valid YAML${line === undefined ? '' : `: line ${line}, column ${col}`}`);
  }
  try {
    return documents.map((document) => document.toJS() as unknown).filter((document) => document !== null);
  } catch {
    throw new InvalidPodFile('it is not valid YAML: an alias is not defined or aliases expand to too much');
  }
}
