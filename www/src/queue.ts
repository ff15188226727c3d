/** Carries out operations one after another. */
export class Queue {
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #pending = 0;

  /**
   * @param changed is called whenever an operation is taken on or has ended
   * @param failed is given what an operation throws; those behind it are carried out all the same
   */
  constructor(changed: () => void, failed: (error: unknown) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  get busy(): boolean {
    return this.#pending > 0;
  }

  run(operation: () => Promise<void>): void {
    this.#pending += 1;
    this.#changed();
    this.#last = this.#last.then(() => this.#carryOut(operation));
  }

  /** Never rejects: the operations behind a rejected one would not be carried out. */
  async #carryOut(operation: () => Promise<void>): Promise<void> {
    try {
      await operation();
    } catch (error) {
      this.#failed(error);
    }
    this.#pending -= 1;
    this.#changed();
  }
}
