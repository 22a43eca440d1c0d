import { ALL_OPTIONS, similarNames } from './command-line.ts';
import { ENVIRONMENT_PREFIX, environmentName } from './options.ts';

/** A variable that looks like one of a flag, and which it may be meant to be. */
export interface UnknownVariable {
  readonly variable: string;
  readonly did_you_mean?: string;
}

/**
 * Variables that Kubernetes sets for a Service whose name begins with `pod-exporter`.
 *
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINK = /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** Variables of the environment that no flag has although they begin with its prefix. */
export function unknownVariables(environment: NodeJS.ProcessEnv): readonly UnknownVariable[] {
  const known = Object.keys(ALL_OPTIONS).map((flag) => environmentName(flag));
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.includes(name) && !SERVICE_LINK.test(name),
  );
  return unknown.toSorted().map((variable) => {
    const similar = similarNames(withoutPrefix(variable), known.map(withoutPrefix));
    const names = similar.map((name) => ENVIRONMENT_PREFIX + name);
    return { variable, ...(names.length === 0 ? {} : { did_you_mean: names.join(',') }) };
  });
}

/** All names would resemble each other by their prefix. */
function withoutPrefix(variable: string): string {
  return variable.slice(ENVIRONMENT_PREFIX.length);
}
