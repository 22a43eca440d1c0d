import type { VNode } from 'preact';
import { Explained, Scroll } from './cells.tsx';
import { ratio, type VolumeObject } from './document.ts';
import * as format from './format.ts';
import { volumeProblem } from './problems.ts';

/** The volumes of a pod and how full they are. */
export function Volumes({ volumes }: { volumes: readonly VolumeObject[] }): VNode {
  return (
    <Scroll label="Volumes">
      <table class="details">
        <thead>
          <tr>
            <th>Volume</th>
            <th>Claim or type</th>
            <th>Fill</th>
            <th class="n">Used</th>
            <th class="n">Available</th>
            <th class="n">Size</th>
            <th class="n">Inodes</th>
          </tr>
        </thead>
        <tbody>{volumes.map(line)}</tbody>
      </table>
    </Scroll>
  );
}

function line(volume: VolumeObject): VNode {
  const { name, capacity_bytes: size, available_bytes: available, used_bytes: used } = volume;
  const problem = volumeProblem(volume);
  const share = available === undefined || size === undefined ? undefined : ratio(size - available, size);
  const inodes = ratio(volume.inodes_used, volume.inodes);
  return (
    <tr key={name}>
      <th scope="row">{name}</th>
      <td>{volume.persistentvolumeclaim ?? volume.type ?? ''}</td>
      <td class={problem?.level}>
        <Explained problem={problem}>{volume.stuck === true ? 'stuck' : <Fill share={share} />}</Explained>
      </td>
      <td class="n">{bytes(used)}</td>
      <td class="n">{bytes(available)}</td>
      <td class="n">{bytes(size)}</td>
      <td class="n">{inodes === undefined ? '' : format.percent(inodes)}</td>
    </tr>
  );
}

function Fill({ share }: { share: number | undefined }): VNode | undefined {
  if (share === undefined) return undefined;
  return (
    <>
      <meter min={0} max={1} value={share} aria-label="fill" /> {format.percent(share)}
    </>
  );
}

function bytes(value: number | undefined): string {
  return value === undefined ? '' : format.bytes(value);
}
