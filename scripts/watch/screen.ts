/** The whole terminal as one picture that is drawn again and again; given back as it was when disposed. */
export class Screen implements Disposable {
  readonly #out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    // The alternate screen keeps what stood in the terminal; the cursor is hidden.
    out.write('\x1b[?1049h\x1b[?25l');
  }

  get width(): number {
    return this.#out.columns ?? 80;
  }
  get height(): number {
    return this.#out.rows ?? 24;
  }

  /** Draws over what is there, each line to its end, and clears what is below: no flicker. */
  draw(lines: readonly string[]): void {
    const picture = lines
      .slice(0, this.height)
      .map((line) => `${line}\x1b[K`)
      .join('\r\n');
    this.#out.write(`\x1b[H${picture}\x1b[J`);
  }

  [Symbol.dispose](): void {
    this.#out.write('\x1b[?25h\x1b[?1049l');
  }
}
