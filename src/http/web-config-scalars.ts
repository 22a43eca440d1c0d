import type { YamlScalar } from './web-config-yaml.ts';

const BOOLEANS: ReadonlyMap<string, boolean> = new Map(
  [true, false].flatMap((value) =>
    (value ? ['y', 'yes', 'true', 'on'] : ['n', 'no', 'false', 'off'])
      .flatMap((word) => [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)])
      .map((word) => [word, value] as const),
  ),
);

const NUMBER = /^[+-]?(?:0[xX][\da-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][+-]?\d+)?)$/;

/** Integers of the format have 64 bits. */
const MAX_INTEGER = 2 ** 63;

/** A duration of Go without its sign: https://pkg.go.dev/time#ParseDuration */
const DURATION = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/;

const UNITS_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** A boolean of YAML 1.1; absent if it is none. */
export function yamlBoolean({ text, isPlain }: YamlScalar): boolean | undefined {
  return isPlain ? BOOLEANS.get(text) : undefined;
}

/** A number of YAML 1.1, truncated as Go does for an integer; absent if it is none. */
export function yamlNumber({ text, isPlain }: YamlScalar): number | undefined {
  const plain = text.replaceAll('_', '');
  if (!isPlain || text.startsWith('_') || !NUMBER.test(plain)) return undefined;
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[+-]/, '').replace(/^0(?=[0-7]+$)/, '0o');
  const number = sign * Math.trunc(Number(digits));
  return Math.abs(number) < MAX_INTEGER ? number : undefined;
}

/** A duration as Go writes it, or a number of nanoseconds, in nanoseconds; absent if it is neither. */
export function goDurationNs(scalar: YamlScalar): number | undefined {
  const [, sign, digits = ''] = /^([+-]?)(.*)$/s.exec(scalar.text) ?? [];
  if (digits === '0') return 0;
  if (!DURATION.test(digits)) return yamlNumber(scalar);
  const parts = [...digits.matchAll(/([\d.]+)(\D+)/g)];
  const sum = parts.reduce((total, [, count, unit = '']) => total + Number(count) * (UNITS_NS[unit] ?? 0), 0);
  return sign === '-' ? -sum : sum;
}
