/** Undoes the steps of a test suite at its end, even if only some of them were done. */
export class Cleanup {
  readonly #tasks: (() => unknown)[] = [];

  /** Adds a task that undoes the step that was just done. */
  defer(task: () => unknown): void {
    this.#tasks.push(task);
  }

  /** Undoes all steps, the last first; throws the first error at the end. */
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
