import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { endpoints } from '../../../src/endpoints.ts';

const top = join(import.meta.dirname, '../../..');
const documents = globSync('{*.md,docs/*.md}', { cwd: top }).toSorted();

const MAX_COLUMNS = 7;

const source = globSync('src/**/*.ts', { cwd: top })
  .map((file) => readFileSync(join(top, file), 'utf8'))
  .join('\n');

/** Lines outside code blocks. */
function proseOf(document: string): readonly string[] {
  const blocks = readFileSync(join(top, document), 'utf8').split(/^ *```.*$/m);
  return blocks.filter((_, index) => index % 2 === 0).flatMap((block) => block.split('\n'));
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function anchorsOf(document: string): readonly string[] {
  return proseOf(document).flatMap((line) => (/^#+ /.test(line) ? [anchorOf(line)] : []));
}

/** Whether the target of a link from `document` is a file of this repository, and its anchor a heading of it. */
function resolves(document: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(top, file))) return false;
  return anchor === undefined || anchorsOf(file).includes(anchor);
}

function columnsOf(row: string): number {
  return row.trim().split(/(?<!\\)\|/).length - 2;
}

/** Constant parts of the log lines that a document quotes: messages, and the reasons in the field `missing`. */
function quotedLogTexts(document: string): readonly string[] {
  const text = readFileSync(join(top, document), 'utf8');
  const messages = [...text.matchAll(/\blog contains `([^`]+)`/g)].map(([, message = '']) => message);
  const reasons = [...text.matchAll(/\bmissing="([^"]+)"/g)].flatMap(([, reason = '']) => reason.split(/[():;,]/));
  const constants = reasons.map((reason) => reason.split('/', 1)[0]?.trim() ?? '').filter(({ length }) => length > 10);
  return [...messages, ...constants];
}

test('there are documents to check, and log lines in some', () => {
  assert.ok(documents.length > 15);
  assert.ok(documents.flatMap(quotedLogTexts).length > 4);
});

test('docs/endpoints.md has every status that a client can receive', () => {
  const answering = globSync('src/{http,views}/**/*.ts', { cwd: top }).map((file) =>
    readFileSync(join(top, file), 'utf8'),
  );
  const statuses = [...answering.join('\n').matchAll(/(?:status(?::| =) |textAnswer\(\s*)(\d{3})\b/g)].map(
    ([, each]) => each,
  );
  assert.ok(statuses.length > 10);
  const rows = new Set(
    proseOf('docs/endpoints.md').flatMap((line) => /^\| ((?:\d{3}(?:, )?)+) \|/.exec(line)?.[1]?.split(', ') ?? []),
  );
  assert.deepEqual(
    [...new Set(statuses)].filter((status = '') => !rows.has(status)),
    [],
  );
});

test('docs/web-configuration.md has the endpoints that require nodes/stats', () => {
  const row = proseOf('docs/web-configuration.md').find((line) => line.startsWith('| `node` (default) |')) ?? '';
  const listed = [...row.matchAll(/`(\/[^`]+)`/g)].map(([, path]) => path);
  const required = endpoints.filter(({ nodeSubresource }) => nodeSubresource === 'stats').map(({ path }) => path);
  assert.deepEqual(new Set(listed), new Set(required));
});

for (const document of documents) {
  describe(document, () => {
    const lines = proseOf(document);

    test('links to files and headings that exist', () => {
      const targets = [...lines.join('\n').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
      const local = targets.filter((target) => !/^https?:/.test(target));
      assert.deepEqual(
        local.filter((target) => !resolves(document, target)),
        [],
      );
    });

    test('quotes log lines that the exporter writes', () => {
      assert.deepEqual(
        quotedLogTexts(document).filter((text) => !source.includes(text)),
        [],
      );
    });

    test('has a heading and a line of dashes above the rows of every table', () => {
      const isRow = (line: string | undefined): boolean => /^ *\|/.test(line ?? '');
      const first = lines.flatMap((line, index) => (isRow(line) && !isRow(lines[index - 1]) ? [index] : []));
      assert.deepEqual(
        first.filter((index) => !/^ *\|[-:| ]+\|$/.test(lines[index + 1] ?? '')).map((index) => lines[index]),
        [],
      );
    });

    test(`has tables of at most ${MAX_COLUMNS} columns`, () => {
      const rows = lines.filter((line) => /^ *\|/.test(line));
      assert.deepEqual(
        rows.filter((row) => columnsOf(row) > MAX_COLUMNS),
        [],
      );
    });
  });
}
