import { wrap } from '../base/wrap.ts';
import type { CheckResult, CheckState } from '../checks/check.ts';

/** Where and how the report is printed. */
export interface ReportStyle {
  /** Characters of a line. */
  readonly width: number;
  readonly colors: boolean;
}

const STATES: Readonly<Record<CheckState, readonly [word: string, color: number]>> = {
  ok: ['ok', 32],
  failed: ['FAILED', 31],
  skipped: ['skipped', 90],
};

const STATE_WIDTH = 8;
const MIN_TEXT_WIDTH = 30;

/** The results as text for a terminal: aligned, with the remedy below what it is for. */
export function reportText(results: readonly CheckResult[], style: ReportStyle): string {
  const idWidth = Math.max(...results.map(({ id }) => id.length)) + 2;
  const indent = ' '.repeat(STATE_WIDTH + idWidth);
  const width = Math.max(MIN_TEXT_WIDTH, style.width - indent.length);
  const blocks = results.map((result) => {
    const [word, color] = STATES[result.state];
    const head = `${paint(word.padEnd(STATE_WIDTH), color, style)}${result.id.padEnd(idWidth)}`;
    const lines = [...seenLines(result, width), ...remedyLines(result, width)];
    return lines.map((line, index) => `${index === 0 ? head : indent}${line}`.trimEnd()).join('\n');
  });
  return `${blocks.join('\n')}\n\n${summary(results)}\n`;
}

function seenLines({ seen, effect }: CheckResult, width: number): readonly string[] {
  return wrap(effect === undefined ? seen : `${seen}: ${effect}`, width);
}

function remedyLines({ remedy }: CheckResult, width: number): readonly string[] {
  if (remedy === undefined) return [];
  const yaml = remedy.yaml === undefined ? [] : remedy.yaml.split('\n').map((line) => `    ${line}`);
  return [...wrap(`remedy: ${remedy.text}`, width), ...yaml];
}

function summary(results: readonly CheckResult[]): string {
  const count = (wanted: CheckState): number => results.filter(({ state }) => state === wanted).length;
  return `${results.length} checks: ${count('ok')} ok, ${count('failed')} failed, ${count('skipped')} skipped`;
}

function paint(text: string, color: number, { colors }: ReportStyle): string {
  return colors ? `\u001B[${color}m${text}\u001B[0m` : text;
}
