import assert from 'node:assert/strict';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { FailingReader } from '../support/failing-reader.ts';
import { fileUses } from '../support/file-series.ts';
import { NodeScraper, type Scraped, type ScrapedNode } from '../support/node-scraper.ts';
import { damagedFiles, type DamagedFile } from '../support/damaged-file.ts';
import { copyRecorded, type RecordedCopy } from '../support/recorded-copy.ts';
import { goldenNodes } from '../support/recorded-node.ts';

/**
 * Every cgroup file that the tables name, at every level, is damaged in turn on a recorded node. Whatever is wrong with
 * it, what is not made from it stays the same to the byte.
 */

/** Files that a sound kernel may lack: younger than the oldest supported one, switched off, or without their device. */
const OPTIONAL =
  /^(?:.*\.pressure|(?:hugetlb|blkio|misc|rdma|dmem)\..*|io\.stat|pids\.(?:events|peak)|cpu\.(?:max\.burst|cfs_burst_us)|memory\.(?:peak|events\.local|swap\.current|swap\.max|memsw\.limit_in_bytes|kmem\.usage_in_bytes))$/;

/** Empty for a cgroup without I/O, and on a node without the resource. */
const MAY_BE_EMPTY = /^(?:io\.stat|(?:blkio|misc|rdma|dmem)\..*)$/;

/** Lines of it are counted, not read. */
const COUNTED = 'cgroup.procs';

/** The user that the program runs as on a node; root may read everything. */
const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

/** What is to be seen of a damaged file. */
interface Expected {
  /** What remains of the samples that are made from it, with their values. */
  readonly remains: 'none' | 'some' | 'all';
  /** Code under which it is counted; left out if it is no fault. */
  readonly code?: string;
  /** It is counted when it is met first, not at every scrape. */
  readonly onceOnly?: true;
}

for (const recorded of goldenNodes()) {
  describe(`a cgroup file on ${recorded.name} that`, () => {
    let copy: RecordedCopy;
    let whole: Scraped;
    let files: readonly DamagedFile[];

    before(async () => {
      copy = await copyRecorded(recorded);
      const found = await scrape(copy);
      files = fileUses(copy.version).flatMap((use) => damagedFiles(copy, found, use));
      // The other pods would only cost time.
      for (const { level, path } of found.cgroups) {
        if (level === 'pod' && !files.some((file) => file.path.includes(path))) copy.removeCgroup(path);
      }
      whole = await scrape(copy);
    });

    after(() => copy.remove());

    /** Scrapes the node with the damaged file. */
    async function check(file: DamagedFile, expected: Expected): Promise<void> {
      checkScrape(file, await scrape(copy), expected);
    }

    /** Scrapes twice, where it matters what is remembered from one scrape to the next. */
    async function checkTwice(file: DamagedFile, expected: Expected, node: ScrapedNode = copy): Promise<void> {
      const scraper = new NodeScraper(node);
      try {
        checkScrape(file, await scraper.scrape(), expected);
        const { code, ...uncounted } = expected;
        const isCounted = code !== undefined && !expected.onceOnly && !file.cached;
        checkScrape(file, await scraper.scrape(), isCounted ? expected : uncounted);
      } finally {
        scraper.close();
      }
    }

    function checkScrape(file: DamagedFile, { lines, errors }: Scraped, { remains, code }: Expected): void {
      const context = `${file.use.level} ${file.name}`;
      const [made, others] = divide(lines, file);
      const [sound, unconcerned] = divide(whole.lines, file);
      assert.equal(others.join('\n'), unconcerned.join('\n'), context);
      if (remains === 'all' || file.skipped) assert.deepEqual(made, sound, context);
      else assert.deepEqual(made, remains === 'none' ? [] : sound.filter((line) => made.includes(line)), context);
      const counting = code === undefined || file.skipped ? [] : collectorsCounting(file, code, sound);
      const counted = Object.fromEntries(counting.map((collector) => [`${collector} ${code}`, 1]));
      assert.deepEqual(errors, counted, context);
    }

    /** Does something to each file in turn. */
    async function each(damage: (file: DamagedFile) => Promise<void>): Promise<void> {
      for (const file of files) await damage(file).finally(() => restore(file));
    }

    test('is sound makes series and no error', () => {
      assert.ok(files.length > 40, `${files.length} files`);
      assert.deepEqual(whole.errors, {});
      for (const file of files) {
        assert.ok(file.skipped || divide(whole.lines, file)[0].length > 0, `${file.use.level} ${file.name}`);
      }
    });

    test('is missing', () =>
      each(async (file) => {
        rmSync(file.path);
        const remains = file.name.startsWith('blkio.') ? 'some' : 'none';
        const fault = !OPTIONAL.test(file.name) && file.use.level !== 'cgroup';
        await checkTwice(file, { remains, ...(fault && { code: 'ENOENT', onceOnly: true }) });
      }));

    test('is empty', () =>
      each(async (file) => {
        if (file.name === COUNTED) return;
        writeFileSync(file.path, '');
        await check(file, { remains: 'none', ...(!MAY_BE_EMPTY.test(file.name) && { code: 'empty' }) });
      }));

    test('is empty because there is no process', () =>
      each(async (file) => {
        if (file.name !== COUNTED) return;
        writeFileSync(file.path, '');
        const { lines, errors } = await scrape(copy);
        assert.deepEqual(errors, {});
        const [made] = divide(lines, file);
        // v1 writes the same of processes in another PID namespace.
        if (copy.version === 'v2') assert.equal(made.length, 1);
        for (const line of made) assert.match(line, / 0$/);
      }));

    test('is cut short', () =>
      each(async (file) => {
        for (const head of beginnings(file.content)) {
          writeFileSync(file.path, head);
          if (!head.endsWith('\n')) await check(file, { remains: 'some', code: 'truncated' });
          else if (file.name !== COUNTED) await check(file, { remains: 'some' });
        }
      }));

    test('has a key, a line or a word more', () =>
      each(async (file) => {
        if (file.name === COUNTED) return;
        writeFileSync(file.path, withMore(file));
        await check(file, { remains: 'all' });
      }));

    test('has words where numbers should be', () =>
      each(async (file) => {
        if (file.name === COUNTED) return;
        writeFileSync(file.path, file.content.replaceAll(/(?<=^|[ =])\d+(?=[ \n])/gm, 'word'));
        await check(file, { remains: 'none', code: 'malformed' });
      }));

    test('may not be read', () =>
      each(async (file) => {
        chmodSync(file.path, 0);
        if (isRoot) process.seteuid?.(NOBODY);
        await checkTwice(file, { remains: 'none', code: 'EACCES' }).finally(() => {
          if (isRoot) process.seteuid?.(0);
        });
      }));

    test('answers EOPNOTSUPP', () =>
      each(async (file) => {
        const reader = new FailingReader(file.path, 'EOPNOTSUPP');
        await checkTwice(file, { remains: 'none', code: 'EOPNOTSUPP', onceOnly: true }, { ...copy, reader });
      }));

    test('returns ENODEV although its cgroup exists is an error if the next scrape gets it again', () =>
      each(async (file) => {
        const scraper = new NodeScraper({ ...copy, reader: new FailingReader(file.path, 'ENODEV') });
        try {
          checkScrape(file, await scraper.scrape(), { remains: 'none' });
          checkScrape(file, await scraper.scrape(), { remains: 'none', ...(!file.cached && { code: 'ENODEV' }) });
        } finally {
          scraper.close();
        }
      }));
  });
}

async function scrape(node: ScrapedNode): Promise<Scraped> {
  const scraper = new NodeScraper(node);
  try {
    return await scraper.scrape();
  } finally {
    scraper.close();
  }
}

/** The collectors that count a file with that fault; numbers can be malformed only where the kernel has some. */
function collectorsCounting({ use }: DamagedFile, code: string, sound: readonly string[]): readonly string[] {
  const made = new Set(sound.map((line) => line.slice(0, line.indexOf('{'))));
  return [...use.collectors].flatMap(([collector, families]) =>
    code !== 'malformed' || [...families].some((family) => made.has(family)) ? [collector] : [],
  );
}

/** The lines that are made from the file, and the others. */
function divide(
  lines: readonly string[],
  file: DamagedFile,
): readonly [made: readonly string[], others: readonly string[]] {
  return [lines.filter((line) => file.isMade(line)), lines.filter((line) => !file.isMade(line))];
}

function restore({ path, content }: DamagedFile): void {
  rmSync(path, { force: true });
  writeFileSync(path, content);
}

/** The content up to several places: within its first and its last line, between lines, before the last newline. */
function beginnings(content: string): readonly string[] {
  const places = [1, content.indexOf('\n') + 1, content.length >> 1, content.lastIndexOf('\n', content.length - 2) + 3];
  const inside = [...places, content.length - 1].filter((place) => place > 0 && place < content.length);
  return [...new Set(inside)].map((place) => content.slice(0, place));
}

/** The content with what a later kernel may add. */
function withMore({ name, content }: DamagedFile): string {
  const lines = content.trimEnd().split('\n');
  const [first = ''] = lines;
  if (name.endsWith('.pressure'))
    return ended(['most avg10=0.00 total=9', ...lines.map((line) => line.replace(' ', ' more=9 ')), '']);
  if (name === 'misc.events') return ended([...lines, 'sev.more 9']);
  // Another name would be another series.
  if (name.startsWith('misc.') || name.startsWith('dmem.')) return content;
  if (name.startsWith('rdma.')) return ended(lines.map((line) => line.replace(' ', ' more=9 ')));
  if (name === 'io.stat') return ended(lines.map((line) => `${line.replace(' ', ' more=9 ')} last=7`));
  if (name.startsWith('blkio.')) return ended([first, '254:0 More 9', ...lines.slice(1)]);
  if (/\.(?:stat|events|events\.local)$|oom_control/.test(name))
    return ended(['more 9', first, 'more_of_it 8', ...lines.slice(1), 'most 7']);
  return ended([`${first} 9`]);
}

function ended(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
