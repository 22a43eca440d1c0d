const DECIMAL = /^[1-9]\d*$/;

/**
 * Whether resource version `version` is older than `than`. False unless both are decimal integers, which all known API
 * servers use.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function isOlderVersion(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined || !DECIMAL.test(version) || !DECIMAL.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
