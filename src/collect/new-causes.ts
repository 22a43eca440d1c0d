import type { Notice } from '../snapshot/snapshot.ts';

/** Selects the notices whose cause was not there at the last scrape, so that a condition that lasts is logged once. */
export class NewCauses {
  #last: ReadonlySet<string> = new Set();

  /** `notices` has a notice per message and cause. */
  of(notices: readonly Notice[]): readonly Notice[] {
    const last = this.#last;
    this.#last = new Set(notices.map(keyOf));
    return notices.filter((notice) => !last.has(keyOf(notice)));
  }
}

function keyOf({ message, fields }: Notice): string {
  return `${message} ${fields['cause']}`;
}
