import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The part of V8's coverage that matters: https://nodejs.org/api/cli.html#node_v8_coveragedir */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[];
    }[];
  }[];
}

/**
 * Whether code of `file` at any place where `marker` stands was run by a process that had `NODE_V8_COVERAGE` set to
 * `folder`. Throws if the file was not loaded or has no such text.
 */
export function wasEvaluated(folder: string, file: string, marker: string): boolean {
  const url = pathToFileURL(file).href;
  const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Coverage);
  const scripts = reports.flatMap(({ result }) => result).filter((script) => script.url === url);
  if (scripts.length === 0) throw new Error(`${file} was not loaded`);
  const places = placesOf(readFileSync(file, 'utf8'), marker);
  if (places.length === 0) throw new Error(`no ${marker} in ${file}`);
  const ranges = scripts.flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
  return places.some((place) => {
    const around = ranges.filter(({ startOffset, endOffset }) => startOffset <= place && place < endOffset);
    const [innermost] = around.toSorted((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset));
    return (innermost?.count ?? 0) > 0;
  });
}

function placesOf(text: string, marker: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) places.push(at);
  return places;
}
