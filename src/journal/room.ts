/**
 * Whether there is room, with hysteresis: full at the limit, room again only below the low mark, so that sockets are
 * not stopped and started for every frame. Two measures, each with its own limit.
 */
export class Room {
  readonly #maxPending: number;
  readonly #maxUnread: number;
  #full: PromiseWithResolvers<void> | null = null;

  constructor(maxPendingBytes: number, maxUnreadBytes: number) {
    this.#maxPending = maxPendingBytes;
    this.#maxUnread = maxUnreadBytes;
  }

  /** Null while there is room; otherwise settles when there is again, or nothing will be accepted any more. */
  get waiting(): Promise<void> | null {
    return this.#full?.promise ?? null;
  }

  /** Takes note of both measures in bytes; gives whether one more record is still taken. */
  update(pending: number, unread: number): boolean {
    const full = pending >= this.#maxPending || unread >= this.#maxUnread;
    if (full && this.#full === null) {
      this.#full = Promise.withResolvers();
      this.#full.promise.catch(() => {});
    }
    if (this.#full !== null && pending <= this.#maxPending / 2 && unread <= this.#maxUnread * 0.9) {
      this.#full.resolve();
      this.#full = null;
    }
    return !full;
  }

  fail(cause: Error): void {
    this.#full?.reject(cause);
    this.#full = null;
  }
}
