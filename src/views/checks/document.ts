import type { CheckResult } from '../../checks/check.ts';

/** The results of the checks as JSON, and the version of the exporter that made them. */
export function checksDocument(checks: readonly CheckResult[], version: string): string {
  const failed = checks.filter(({ state }) => state === 'failed').length;
  return `${JSON.stringify({ version, failed, checks }, undefined, 2)}\n`;
}
