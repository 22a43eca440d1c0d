import { sharedRows, type SharedRowName } from '../../metrics/cadvisor/collectors.ts';
import type { Family } from '../../metrics/row.ts';
import type { CadvisorFamily, CadvisorSource } from './family.ts';

const byName: ReadonlyMap<string, Family> = new Map(sharedRows.map((row) => [row.name, row]));

/** A family with the name, type, help and labels of a row of `/metrics`; `more` is what differs or is added. */
export function repeat(
  name: SharedRowName,
  { help, ...source }: Omit<CadvisorSource, 'row'> & { readonly help?: string } = {},
): CadvisorFamily {
  const row = byName.get(name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return { ...headOf(row), help: help ?? row.help, name: `container_${name}`, from: [{ row: name, ...source }] };
}

function headOf({ type, by }: Family): Pick<Family, 'type' | 'by'> {
  return by === undefined ? { type } : { type, by };
}
