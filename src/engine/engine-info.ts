import { field, list, present, text } from '../base/untrusted-json.ts';

/** An engine by its answer to `GET /version`. */
export interface EngineInfo {
  /** `docker` or `podman`. */
  readonly runtime: string;
  readonly version?: string;
  /** The newest version of the API that it has: `1.41`. */
  readonly apiVersion?: string;
}

const VERSION = /^[\w.+~-]{1,64}$/;

/** What the body of `GET /version` has; an invalid version is absent. */
export function engineInfoOf(answer: unknown): EngineInfo {
  const [first] = list(field(answer, 'Components'));
  return present({
    runtime: /podman/i.test(text(field(first, 'Name')) ?? '') ? 'podman' : 'docker',
    version: valid(field(answer, 'Version')),
    apiVersion: valid(field(answer, 'ApiVersion')),
  });
}

function valid(value: unknown): string | undefined {
  const whole = text(value);
  return whole !== undefined && VERSION.test(whole) ? whole : undefined;
}
