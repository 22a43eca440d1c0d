import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { kernelFile } from '../../src/kernel/file-table.ts';
import type { FileUse } from './file-series.ts';
import type { Scraped, ScrapedCgroup } from './node-scraper.ts';
import type { RecordedCopy } from './recorded-copy.ts';

/** A file of one cgroup, which a test damages. */
export interface DamagedFile {
  readonly use: FileUse;
  readonly name: string;
  readonly path: string;
  readonly content: string;
  /** Changed by an administrator only, and therefore not read in every scrape. */
  readonly cached: boolean;
  /** Read only if a preferred file does not exist. */
  readonly skipped: boolean;
  /** Whether this sample is made from the file. */
  isMade(line: string): boolean;
}

/** Stands for all sizes of huge pages. */
const PAGE_SIZE = '2MB';

/**
 * The file of `use`, in that cgroup of its level from which most series are made; empty if the node has none.
 * If it has no limit or no I/O in any cgroup, it gets numbers.
 */
export function damagedFiles(copy: RecordedCopy, { cgroups, lines }: Scraped, use: FileUse): readonly DamagedFile[] {
  const name = use.file.replace('*', PAGE_SIZE);
  const seriesOf = (cgroup: ScrapedCgroup): number => lines.filter((line) => isOf(line, cgroup)).length;
  const candidates = cgroups.flatMap((cgroup) => {
    const path = cgroup.level === use.level ? copy.file(cgroup.path, name) : undefined;
    const isMade = (line: string): boolean =>
      isOf(line, cgroup) && use.families.has(familyOf(line)) && !isOfOtherPages(line);
    return path === undefined ? [] : [{ path, isMade, made: lines.filter(isMade).length, all: seriesOf(cgroup) }];
  });
  const [best] = candidates.toSorted((left, right) => right.made - left.made || right.all - left.all);
  if (best === undefined) return [];
  const { path, isMade } = best;
  if (best.made === 0) writeFileSync(path, contentWithNumbers(name));
  const skipped = name.startsWith('blkio.') && existsSync(`${path}_recursive`);
  return [
    {
      use,
      name,
      path,
      isMade,
      cached: kernelFile(name).cached === true,
      skipped,
      content: readFileSync(path, 'latin1'),
    },
  ];
}

const BLOCK_IO = '254:0 Read 4096\n254:0 Write 8192\n254:0 Discard 512\n254:0 Total 12800\nTotal 12800\n';

function contentWithNumbers(name: string): string {
  if (name.startsWith('blkio.')) return BLOCK_IO;
  if (name.startsWith('rdma.')) return 'mlx4_0 hca_handle=1 hca_object=20 \n';
  if (name === 'misc.events') return 'sev.max 3\nsev_es.max 4\n';
  return 'list' in kernelFile(name) ? 'first 3\nsecond 4\n' : '1073741824\n';
}

function isOfOtherPages(line: string): boolean {
  return line.includes('pagesize="') && !line.includes(`pagesize="${PAGE_SIZE}"`);
}

function familyOf(line: string): string {
  return line.slice(0, line.indexOf('{'));
}

function isOf(line: string, { level, labels }: ScrapedCgroup): boolean {
  const start = line.indexOf('{') + 1;
  return line.startsWith(level) && line.startsWith(labels, start) && ',}'.includes(line.charAt(start + labels.length));
}
