/** Work that is done one after the other, with a bound on how much of it may wait. */
export class WaitingLine {
  readonly #most: number;
  #last: Promise<unknown> = Promise.resolve();
  /** Under way and waiting. */
  #count = 0;

  /** @param most that wait while one is under way */
  constructor(most: number) {
    this.#most = most;
  }

  /** No more may wait. */
  get full(): boolean {
    return this.#count > this.#most;
  }

  /** Does the work when its turn has come. @throws what `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#count += 1;
    const mine = this.#last.then(work);
    // The next one's turn comes however this one ends; its own caller is told of a failure.
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#count -= 1;
    }
  }
}
