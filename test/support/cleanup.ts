/** What is to be undone at the end of a test suite, whatever of it has been done by then. */
export class Cleanup {
  readonly #tasks: (() => unknown)[] = [];

  /** Notes what undoes the step that was just done. */
  defer(task: () => unknown): void {
    this.#tasks.push(task);
  }

  /** Undoes all steps, the last first; throws the first error when it is through. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const task of this.#tasks.splice(0).toReversed()) {
      try {
        await task();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
