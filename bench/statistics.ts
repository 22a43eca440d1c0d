/** CPU time of `work` in milliseconds. */
export async function cpuMilliseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Lower quantiles exclude the disturbance by other load of the machine. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length * share)] ?? Number.NaN;
}

export function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
