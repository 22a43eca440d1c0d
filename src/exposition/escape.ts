/**
 * Escaping and label text of the exposition formats.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };

/** Escapes a label value. */
export function escapeLabelValue(value: string): string {
  return value.replaceAll(/[\\\n"]/g, (character) => LABEL_ESCAPES[character] ?? character);
}

/** Escapes a HELP text. OpenMetrics requires escaped quotes (`quotes`). */
export function escapeHelp(help: string, quotes: boolean): string {
  return help.replaceAll(quotes ? /[\\\n"]/g : /[\\\n]/g, (character) => LABEL_ESCAPES[character] ?? character);
}

/** Formats `name="value"` pairs separated by commas, without braces. */
export function formatLabels(labels: Iterable<readonly [name: string, value: string]>): string {
  return [...labels].map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',');
}
