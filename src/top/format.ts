/** Texts for numbers, as `docker stats` and `kubectl top` have them where the column is one of theirs. */

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Share of 0 to 1: `97%`, `0.3%` below one percent. */
export function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 0.95 ? `${value.toFixed(1)}%` : `${Math.round(value)}%`;
}

/** Cores: `0.02`, `1.5`, `12`. */
export function cores(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

/** Bytes in up to six characters: `48Mi`, `1.2Gi`. */
export function shortBytes(value: number): string {
  const [number, unit] = scaled(value, 1024, BINARY);
  return `${digits(number, 100)}${unit.replace('B', '')}`;
}

/** Bytes per second in up to six characters: `1.2M`, `12k`, `0`. */
export function shortRate(value: number): string {
  const [number, unit] = scaled(value, 1000, DECIMAL);
  return `${digits(number, 100)}${unit.replace('B', '')}`;
}

/** Like the memory of `docker stats`: four significant digits, `48.21MiB`. */
export function dockerMemory(value: number): string {
  const [number, unit] = scaled(value, 1024, BINARY);
  return `${Number(number.toPrecision(4))}${unit}`;
}

/** Like the I/O of `docker stats`: three significant digits, `1.45kB`. */
export function dockerSize(value: number): string {
  const [number, unit] = scaled(value, 1000, DECIMAL);
  return `${Number(number.toPrecision(3))}${unit}`;
}

/** Like `kubectl top`: thousandths of a core, rounded up. */
export function millicores(value: number): string {
  return `${Math.ceil(value * 1000)}m`;
}

/** Like `kubectl top`: whole mebibytes. */
export function mebibytes(value: number): string {
  return `${Math.floor(value / 2 ** 20)}Mi`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** A duration like the ages of kubectl, in one unit: `12s`, `5m`, `3h`, `41d`. */
export function age(seconds: number): string {
  const [unit, size] = UNITS.find((each) => seconds >= 2 * each[1]) ?? ['s', 1];
  return `${Math.max(0, Math.floor(seconds / size))}${unit}`;
}

function scaled<Unit extends string>(value: number, base: number, units: readonly Unit[]): readonly [number, Unit] {
  let number = value;
  let index = 0;
  // What would be rounded up to the base gets the next unit.
  while (number >= base * 0.9995 && index < units.length - 1) {
    number /= base;
    index++;
  }
  return [number, units[index] as Unit];
}

/** One decimal below ten, none from `whole` on. */
function digits(value: number, whole: number): string {
  if (value === 0) return '0';
  return value < 10 && value < whole ? String(Number(value.toFixed(1))) : value.toFixed(0);
}
