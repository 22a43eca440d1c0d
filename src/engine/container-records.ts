import { count, field, list, present, text } from '../base/untrusted-json.ts';
import { exportMetadata, type MetadataLimits } from '../pods/records/exported-metadata.ts';
import { EngineFailure } from './engine-failure.ts';
import type { OutsideRecord } from './outside-record.ts';

/** Which labels of containers are exported. */
export interface ContainerLabels {
  /** Keys; `*` for all. */
  readonly containerLabels: readonly string[];
  readonly metadataLimits: MetadataLimits;
}

/** More containers than any host runs. */
const MAX_CONTAINERS = 10_000;

/** The longest reference of an image has 255 characters and a digest. */
const MAX_TEXT_LENGTH = 512;

/** Legacy links give a container further names, which have the name of another container in front. */
const NAME = /^\/[^/]+$/;

const ID = /^[0-9a-f]{64}$/;

/**
 * The records of a list of containers, by ID; a record of `known` whose fields are the same is reused. An entry without a
 * valid ID is skipped.
 *
 * @throws {EngineFailure} if `containers` is no list.
 */
export function toRecords(
  containers: unknown,
  runtime: string,
  labels: ContainerLabels,
  known: ReadonlyMap<string, OutsideRecord>,
): ReadonlyMap<string, OutsideRecord> {
  if (!Array.isArray(containers)) throw new EngineFailure('the answer to GET /containers/json is no list');
  const records = new Map<string, OutsideRecord>();
  for (const container of list(containers).slice(0, MAX_CONTAINERS)) {
    const id = text(field(container, 'Id'));
    if (id === undefined || !ID.test(id)) continue;
    const record = toRecord(id, container, runtime, labels);
    const last = known.get(id);
    records.set(id, last !== undefined && JSON.stringify(last) === JSON.stringify(record) ? last : record);
  }
  return records;
}

function toRecord(id: string, container: unknown, runtime: string, options: ContainerLabels): OutsideRecord {
  const labels = field(container, 'Labels');
  const names = list(field(container, 'Names')).map(short);
  const { values } = exportMetadata(labels, options.containerLabels, options.metadataLimits);
  return Object.freeze({
    ...present({
      id,
      name: names.find((name) => name !== undefined && NAME.test(name))?.slice(1),
      image: short(field(container, 'Image')),
      imageId: short(field(container, 'ImageID')),
      runtime,
      composeProject: short(field(labels, 'com.docker.compose.project')),
      composeService: short(field(labels, 'com.docker.compose.service')),
      createdAt: count(field(container, 'Created')),
    }),
    labels: values,
  });
}

/** Half of a surrogate pair has no UTF-8: two names that differ in one would be the same in a response. */
function short(value: unknown): string | undefined {
  const whole = text(value)?.toWellFormed();
  return whole === undefined || whole.length > MAX_TEXT_LENGTH ? undefined : whole;
}
