/** The kernel prints "no limit" as `max`, as -1, or on cgroup v1 as 2^63 minus a page. */
const UNLIMITED = 2 ** 62;

/** Returned for text that is neither a number nor "no limit". */
export const MALFORMED = -1;

const DIGIT_0 = 48;
const DIGIT_9 = 57;
const MINUS = 45;
const POINT = 46;
const MAX = [109, 97, 120];

/** A number with more digits is parsed in two halves, so that it is rounded only once. */
const EXACT_DIGITS = 15;
const LOWER_DIGITS = 12;

/**
 * The decimal number in `bytes[start, end)`.
 *
 * Exact up to 2^53; rounded above, without ever decreasing while the counter increases.
 * Infinity for `max`, a negative number or 2^62 and above; {@link MALFORMED} for any other text and for empty text.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start];
  if (first === MAX[0]) return isMax(bytes, start, end) ? Number.POSITIVE_INFINITY : MALFORMED;
  if (first === MINUS) return digits(bytes, start + 1, end) === MALFORMED ? MALFORMED : Number.POSITIVE_INFINITY;
  if (end - start <= EXACT_DIGITS) return digits(bytes, start, end);
  const upper = digits(bytes, start, end - LOWER_DIGITS);
  const lower = digits(bytes, end - LOWER_DIGITS, end);
  if (upper === MALFORMED || lower === MALFORMED) return MALFORMED;
  const value = upper * 10 ** LOWER_DIGITS + lower;
  return value >= UNLIMITED ? Number.POSITIVE_INFINITY : value;
}

/**
 * Like {@link parseDecimal}, but also accepts a decimal point, as in the averages of pressure files: `12.34`.
 * Such a number has at most {@link EXACT_DIGITS} digits.
 */
export function parseFixedPoint(bytes: Uint8Array, start: number, end: number): number {
  const whole = parseDecimal(bytes, start, end);
  if (whole !== MALFORMED) return whole;
  const point = bytes.subarray(start, end).indexOf(POINT) + start;
  if (point < start || end - start - 1 > EXACT_DIGITS) return MALFORMED;
  const integer = digits(bytes, start, point);
  const fraction = digits(bytes, point + 1, end);
  if (integer === MALFORMED || fraction === MALFORMED) return MALFORMED;
  const scale = 10 ** (end - point - 1);
  return (integer * scale + fraction) / scale;
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return MALFORMED;
  let value = 0;
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte < DIGIT_0 || byte > DIGIT_9) return MALFORMED;
    value = value * 10 + (byte - DIGIT_0);
  }
  return value;
}

function isMax(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === MAX.length && MAX.every((byte, index) => bytes[start + index] === byte);
}
