import { field } from '../../base/untrusted-json.ts';
import type { ResourceAmounts } from '../pod.ts';

/** `100m`, `1.5`, `1e3`, `128Mi`, `.5G`; what follows the digits is one of the three kinds of suffixes. */
const SYNTAX = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE])|([KMGTPE])i|[eE]([+-]?\d+))?$/;

/** Longer than any quantity that a double could tell from its neighbour. */
const MAX_LENGTH = 64;

const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const BINARY_PREFIXES = 'KMGTPE';

/**
 * Parses a quantity, which in JSON may be a number too; `undefined` for what is none.
 *
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const match = SYNTAX.exec(value);
  if (match === null) return undefined;
  const [, digits = '', decimal, binary, exponent] = match;
  const number =
    binary === undefined ? decimalNumber(digits, decimal, exponent) : Number(digits) * binaryFactor(binary);
  return Number.isFinite(number) ? number : undefined;
}

/** One conversion from decimal to double rounds once, where digits times a factor would round twice. */
function decimalNumber(digits: string, suffix: string | undefined, exponent: string | undefined): number {
  const power = suffix === undefined ? (exponent ?? '0') : DECIMAL_EXPONENTS[suffix];
  return Number(`${digits}e${power}`);
}

function binaryFactor(prefix: string): number {
  return 1024 ** (BINARY_PREFIXES.indexOf(prefix) + 1);
}

/** The amounts of a `requests`, `limits` or `allocatedResources` object that can be read and are not negative. */
export function readResourceAmounts(resources: unknown): ResourceAmounts {
  const cpu = amount(resources, 'cpu');
  const memory = amount(resources, 'memory');
  const ephemeralStorage = amount(resources, 'ephemeral-storage');
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(ephemeralStorage === undefined ? {} : { ephemeralStorage }),
  };
}

function amount(resources: unknown, name: string): number | undefined {
  const quantity = parseQuantity(field(resources, name));
  return quantity !== undefined && quantity >= 0 ? quantity : undefined;
}
