const DIGIT_0 = 48;
const MINUS = 45;
const POINT = 46;

/** Integers up to here are exact, and so are decimals that are an integer up to here over a power of ten. */
const EXACT_INTEGER = 2 ** 53;
const EXACT_DECIMAL = 2 ** 52;

/** Below this JavaScript, and with it the reference encoder, turns to exponents. */
const SMALLEST_PLAIN = 1e-6;

const BILLION = 1e9;

/** A number is never written with more bytes than this. */
export const MAX_NUMBER_BYTES = 32;

/**
 * Writes `value` at `bytes[at]` as the exposition formats want it, and returns the position behind it.
 * The text is the shortest that reads back as the same double, as of `String(value)`, without making a string
 * for integers and for decimals of up to nine places, which is what kernel counters come to.
 */
export function writeNumber(bytes: Buffer, at: number, value: number): number {
  if (value < 0 && Number.isFinite(value)) {
    bytes[at] = MINUS;
    return writeNumber(bytes, at + 1, -value);
  }
  if (Number.isInteger(value) && value <= EXACT_INTEGER) return writeInteger(bytes, at, value);
  if (value >= SMALLEST_PLAIN) {
    const millionths = Math.round(value * 1e6);
    if (millionths / 1e6 === value && millionths < EXACT_DECIMAL) return writeDecimal(bytes, at, millionths, 6);
    const billionths = Math.round(value * BILLION);
    if (billionths / BILLION === value && billionths < EXACT_DECIMAL) return writeDecimal(bytes, at, billionths, 9);
  }
  return at + bytes.write(spelled(value), at, 'latin1');
}

function spelled(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** `scaled` over ten to the power of `places`, without trailing zeros. */
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

/** `value` below 10^9 with exactly `digits` digits. */
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
