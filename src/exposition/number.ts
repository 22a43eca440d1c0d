const DIGIT_0 = 48;
const MINUS = 45;
const POINT = 46;

/** Largest integer that a double represents exactly, and largest numerator of a decimal that is written directly. */
const MAX_EXACT_INTEGER = 2 ** 53;
const MAX_EXACT_NUMERATOR = 2 ** 52;

/** JavaScript, and with it the reference encoder, uses exponents below this value. */
const MIN_PLAIN = 1e-6;

const BILLION = 1e9;

/** Upper bound of the length of a number. */
export const MAX_NUMBER_BYTES = 32;

/**
 * Writes `value` at `bytes[at]` in exposition format and returns the position after it. Like `String(value)`, the text
 * is the shortest that parses to the same double. Integers and decimals of up to nine places, the usual kernel counters,
 * are written without a string allocation.
 */
export function writeNumber(bytes: Buffer, at: number, value: number): number {
  if (value < 0 && Number.isFinite(value)) {
    bytes[at] = MINUS;
    return writeNumber(bytes, at + 1, -value);
  }
  if (Number.isInteger(value) && value <= MAX_EXACT_INTEGER) return writeInteger(bytes, at, value);
  if (value >= MIN_PLAIN) {
    const millionths = Math.round(value * 1e6);
    if (millionths / 1e6 === value && millionths < MAX_EXACT_NUMERATOR) return writeDecimal(bytes, at, millionths, 6);
    const billionths = Math.round(value * BILLION);
    if (billionths / BILLION === value && billionths < MAX_EXACT_NUMERATOR)
      return writeDecimal(bytes, at, billionths, 9);
  }
  return at + bytes.write(formatOther(value), at, 'latin1');
}

function formatOther(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** Writes `scaled / 10^places` without trailing zeros. */
function writeDecimal(bytes: Buffer, at: number, scaled: number, places: 6 | 9): number {
  const unit = places === 6 ? 1e6 : BILLION;
  const whole = Math.floor(scaled / unit);
  let end = writeInteger(bytes, at, whole);
  bytes[end] = POINT;
  end = writePadded(bytes, end + 1, scaled - whole * unit, places);
  while (bytes[end - 1] === DIGIT_0) end--;
  return end;
}

function writeInteger(bytes: Buffer, at: number, value: number): number {
  if (value < BILLION) return writePadded(bytes, at, value, digitsOf(value));
  const high = Math.floor(value / BILLION);
  return writePadded(bytes, writeInteger(bytes, at, high), value - high * BILLION, 9);
}

/** Writes `value`, which is below 10^9, with exactly `digits` digits. */
function writePadded(bytes: Buffer, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let index = at + digits - 1; index >= at; index--) {
    const tens = (rest / 10) | 0;
    bytes[index] = DIGIT_0 + rest - tens * 10;
    rest = tens;
  }
  return at + digits;
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  return digits;
}
