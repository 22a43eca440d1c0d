const DECIMAL = /^[1-9]\d*$/;

/**
 * Whether one version of the API is certainly older than another. Versions that are not whole numbers, which no known
 * server gives, cannot be compared.
 *
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function isOlderVersion(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined || !DECIMAL.test(version) || !DECIMAL.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
