/**
 * The path and query of a request target in origin or absolute form, as a URL has them: without fragment, and with
 * characters that are not allowed escaped. Undefined if the target cannot be read.
 *
 * https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export function pathAndQuery(target: string): string | undefined {
  const text = target.startsWith('/') ? `http://localhost${target}` : target;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { pathname, search } = new URL(text);
  return pathname + search;
}
