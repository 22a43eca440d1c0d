/**
 * Escaping and label text of the exposition formats.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };

/** A label's value as it stands between the quotes. */
export function escapeLabelValue(value: string): string {
  return value.replaceAll(/[\\\n"]/g, (character) => LABEL_ESCAPES[character] ?? character);
}

/** The text behind HELP; OpenMetrics wants quotes escaped as well. */
export function escapeHelp(help: string, quotes: boolean): string {
  return help.replaceAll(quotes ? /[\\\n"]/g : /[\\\n]/g, (character) => LABEL_ESCAPES[character] ?? character);
}

/** `name="value"` pairs joined by commas, without braces; empty for no labels. */
export function formatLabels(labels: Iterable<readonly [name: string, value: string]>): string {
  return [...labels].map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',');
}
