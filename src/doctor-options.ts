import type { OptionTable } from './option.ts';

/** Flags of the command `doctor` alone. */
export const DOCTOR_OPTIONS = {
  format: { value: 'FORMAT', default: 'text', help: 'Output format: text or json.' },
} as const satisfies OptionTable;
