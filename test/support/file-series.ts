import { collectors } from '../../src/metrics/index.ts';
import type { CgroupRow, Field, Level, Origins, Source } from '../../src/metrics/row.ts';

/** A file of the cgroups of one level, and what is made from it. */
export interface FileUse {
  readonly level: Level;
  /** `*` stands for a size of huge pages. */
  readonly file: string;
  /** The collectors that read it, and the names of their families that depend on it. */
  readonly collectors: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of the families that depend on it. */
  readonly families: ReadonlySet<string>;
}

/** The names in a {@link FileUse} while they are gathered. */
interface FamilyNames {
  readonly collectors: Map<string, Set<string>>;
  readonly families: Set<string>;
}

/** Every cgroup file that the tables name for one version of cgroups, by level. */
export function fileUses(version: 'v1' | 'v2'): readonly FileUse[] {
  const uses = new Map<string, Omit<FileUse, keyof FamilyNames> & FamilyNames>();
  for (const { name: collector, cgroup: rows = [] } of collectors) {
    for (const row of rows) {
      for (const [level, file] of dependencies(row, version)) {
        const key = `${level} ${file}`;
        const use = uses.get(key) ?? { level, file, collectors: new Map<string, Set<string>>(), families: new Set() };
        uses.set(key, use);
        const family = `${level}_${row.name}`;
        use.families.add(family);
        use.collectors.set(collector, (use.collectors.get(collector) ?? new Set()).add(family));
      }
    }
  }
  return [...uses.values()];
}

function dependencies(row: CgroupRow, version: 'v1' | 'v2'): (readonly [Level, string])[] {
  const origins: readonly Origins[] = Array.isArray(row.from) ? row.from : [row.from as Origins];
  const sources = origins.flatMap((origin): Source[] => (origin[version] === 'absent' ? [] : [origin[version]]));
  return sources.flatMap((source) => {
    const levels = source.levels ?? row.levels;
    return levels.flatMap((level) => filesOf(source).map((file) => [level, file] as const));
  });
}

function filesOf(source: Source): readonly string[] {
  const fields: readonly (Field | undefined)[] = [source, source.plus, source.minus, source.per, source.onlyIf];
  return fields.flatMap((field) => field?.file ?? []);
}
