/** What a parser found at the beginning of the bytes, and how many of them it took. */
export interface Parsed<Value> {
  readonly value: Value;
  readonly used: number;
}

/** Bytes as they come, handed out by the message. One reader at a time. */
export class Inbox {
  #bytes = Buffer.alloc(0);
  #ended: string | null = null;
  #wake: (() => void) | null = null;

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake?.();
  }

  /** No more bytes will come; the first reason counts. */
  end(reason: string): void {
    this.#ended ??= reason;
    this.#wake?.();
  }

  /** Why no more bytes come; null while they may. */
  get ended(): string | null {
    return this.#ended;
  }

  /** The next message by `parse`, which answers null while it has too few bytes; null: the bytes ended before. */
  async take<Value>(parse: (bytes: Buffer, ended: boolean) => Parsed<Value> | null): Promise<Value | null> {
    for (;;) {
      const parsed = parse(this.#bytes, this.#ended !== null);
      if (parsed !== null) {
        this.#bytes = this.#bytes.subarray(parsed.used);
        return parsed.value;
      }
      if (this.#ended !== null) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
