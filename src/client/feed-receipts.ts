/**
 * Confirms to the feed what has reached the listeners: one `received` for all that arrived together, because a cursor
 * stands for everything before it.
 */
export class FeedReceipts {
  readonly #send: (cursor: string) => void;
  #unconfirmed: string | null = null;

  constructor(send: (cursor: string) => void) {
    this.#send = send;
  }

  /** An alarm event, or a snapshot as of the cursor, was handed to the listeners. */
  later(cursor: string): void {
    if (this.#unconfirmed === null) setImmediate(() => this.now());
    this.#unconfirmed = cursor;
  }

  now(): void {
    const cursor = this.#unconfirmed;
    this.#unconfirmed = null;
    if (cursor !== null) this.#send(cursor);
  }

  /** The connection that it came over is gone. */
  forget(): void {
    this.#unconfirmed = null;
  }
}
