/** One line on the terminal that is written over; nothing when the output is no terminal or must stay clean. */
export class ProgressLine implements Disposable {
  readonly #out: NodeJS.WriteStream;
  readonly #shown: boolean;
  #width = 0;

  constructor(out: NodeJS.WriteStream, wanted: boolean) {
    this.#out = out;
    this.#shown = wanted && out.isTTY === true;
  }

  show(text: string): void {
    if (!this.#shown) return;
    const line = text.slice(0, Math.max(10, (this.#out.columns ?? 80) - 1));
    this.#out.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  [Symbol.dispose](): void {
    if (this.#width > 0) this.#out.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
