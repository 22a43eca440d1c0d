/** Text for numbers: at most four figures, so that columns stay narrow and digits stand below each other. */

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `1.5 GiB`. */
export function bytes(value: number): string {
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 1000 && unit < BINARY.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(scaled) : figures(scaled)} ${BINARY[unit]}`;
}

/** `1.5 Mi`, as a quantity of Kubernetes; `36` is bytes. */
export function quantity(value: number): string {
  return value < 0.5 ? '0' : bytes(value).replace(/ ?B$/, '');
}

/** `1.5 MiB/s`; nothing per second is `0`. */
export function bytesPerSecond(value: number): string {
  return value < 0.5 ? '0' : `${bytes(value)}/s`;
}

/** `0.042`, `1.25`, `12.5`. */
export function cores(value: number): string {
  return value === 0 ? '0' : value < 10 ? value.toFixed(value < 0.9995 ? 3 : 2) : value.toFixed(1);
}

/** A share of 1 as `42 %`. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0';
  return value < 0.1 ? '<0.1 %' : `${value < 9.95 ? value.toFixed(1) : Math.round(value)} %`;
}

/** `0.2`, `12`, `4.1k`. */
export function count(value: number): string {
  if (value >= 1e6) return `${figures(value / 1e6)}M`;
  if (value >= 1e4) return `${figures(value / 1e3)}k`;
  return Number.isInteger(value) ? String(value) : figures(value);
}

/** `0.2/s`. */
export function perSecond(value: number): string {
  return value === 0 ? '0' : value < 0.05 ? '<0.1/s' : `${count(value)}/s`;
}

const YEAR_SECONDS = 365.25 * 86_400;

/** `42 s`, `5 m`, `3.20 h`, `12 d`, `2.74 y`: narrow enough for its column. */
export function duration(seconds: number): string {
  if (seconds < 0) return '0 s';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} m`;
  if (seconds < 172_800) return `${figures(seconds / 3600)} h`;
  if (seconds < 2 * YEAR_SECONDS) return `${Math.round(seconds / 86_400)} d`;
  return `${figures(seconds / YEAR_SECONDS)} y`;
}

/** `02:14:07` of a Unix time, in the time zone of the browser. */
export function clock(seconds: number): string {
  const time = new Date(seconds * 1000);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}

/** Three figures, without trailing zeros behind a point that do not align: `1.50`, `15.0`, `150`. */
function figures(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}
