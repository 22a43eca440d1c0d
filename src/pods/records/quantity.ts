import { field } from '../../base/untrusted-json.ts';
import type { ResourceAmounts } from '../pod.ts';

/** `100m`, `1.5`, `1e3`, `128Mi`, `.5G`: digits with a decimal, a binary or an exponent suffix. */
const SYNTAX = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE])|([KMGTPE])i|[eE]([+-]?\d+))?$/;

/** Exceeds the length of any quantity that a double can represent exactly. */
const MAX_QUANTITY_LENGTH = 64;

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
 * Parses a quantity, which may be a JSON string or number; `undefined` if it is invalid.
 *
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > MAX_QUANTITY_LENGTH) return undefined;
  const match = SYNTAX.exec(value);
  if (match === null) return undefined;
  const [, digits = '', decimal, binary, exponent] = match;
  const number =
    binary === undefined ? decimalNumber(digits, decimal, exponent) : Number(digits) * binaryFactor(binary);
  return Number.isFinite(number) ? number : undefined;
}

/** Parses digits and exponent together, which rounds once; a multiplication would round again. */
function decimalNumber(digits: string, suffix: string | undefined, exponent: string | undefined): number {
  const power = suffix === undefined ? (exponent ?? '0') : DECIMAL_EXPONENTS[suffix];
  return Number(`${digits}e${power}`);
}

function binaryFactor(prefix: string): number {
  return 1024 ** (BINARY_PREFIXES.indexOf(prefix) + 1);
}

/** Reads the valid, non-negative amounts of a `requests`, `limits` or `allocatedResources` object. */
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
