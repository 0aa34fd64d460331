import type { JournalCondition } from './journal.ts';

/** How the disk does, as the last or the current commit shows. */
export type DiskState = Extract<JournalCondition, 'ok' | 'stalled' | 'disk_full' | 'failed'>;

export interface JournalBounds {
  /** Bytes accepted and not durable, and durable bytes that the slowest reader has not committed. */
  readonly pending: number;
  readonly unread: number;
}

/**
 * The journal's condition, who waits for it and who is told. What the disk does goes before how full the journal is;
 * fullness has hysteresis: full at the limit, room again only below the low mark, so that sockets are not stopped and
 * started for every frame.
 */
export class ConditionBoard {
  readonly #limits: JournalBounds;
  readonly #listeners = new Set<(condition: JournalCondition) => void>();
  #disk: DiskState = 'ok';
  #behind = false;
  #unreadFull = false;
  #condition: JournalCondition = 'ok';
  #waiting: PromiseWithResolvers<void> | null = null;
  /** Changes that not everybody has been told of: what a listener causes is told after what it heard. */
  readonly #untold: JournalCondition[] = [];
  #telling = false;

  constructor(limits: JournalBounds) {
    this.#limits = limits;
  }

  get condition(): JournalCondition {
    return this.#condition;
  }

  /** Null while the condition is ok; settles when it is again, or nothing will be accepted any more. */
  get waiting(): Promise<void> | null {
    return this.#waiting?.promise ?? null;
  }

  /** Whether one more record is taken: while behind until the limit is reached again, and otherwise only when ok. */
  takes(pending: number): boolean {
    return this.#condition === 'ok' || (this.#condition === 'behind' && pending < this.#limits.pending);
  }

  listen(listener: (condition: JournalCondition) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Takes note of everything at once, so that one event is one change. Both measures in bytes. */
  note(disk: DiskState, pending: number, unread: number): void {
    this.#disk = disk;
    this.#behind = pending >= this.#limits.pending * (this.#behind ? 0.5 : 1);
    this.#unreadFull = unread >= this.#limits.unread * (this.#unreadFull ? 0.9 : 1);
    const next = this.#next();
    if (next === this.#condition) return;
    this.#condition = next;
    if (next === 'ok') {
      this.#waiting?.resolve();
      this.#waiting = null;
    } else if (this.#waiting === null) {
      this.#waiting = Promise.withResolvers();
      this.#waiting.promise.catch(() => {});
    }
    this.#untold.push(next);
    if (!this.#telling) this.#tell();
  }

  /** Nothing will be accepted any more: whoever waits is told why. */
  end(cause: Error): void {
    this.#waiting?.reject(cause);
  }

  #tell(): void {
    this.#telling = true;
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
        for (const listener of [...this.#listeners]) listener(next);
      }
    } finally {
      this.#telling = false;
    }
  }

  #next(): JournalCondition {
    if (this.#disk !== 'ok') return this.#disk;
    if (this.#unreadFull) return 'unread_full';
    return this.#behind ? 'behind' : 'ok';
  }
}
