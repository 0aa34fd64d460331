/** Time left to everything else between two frames: with a screen of 60 Hz, 30 a second. Milliseconds. */
const REST_MS = 20;

/** @param now of `performance.now()`, ms */
export type Paint = (now: number) => void;

/** Paints all traces of a page in one frame, some 30 times a second; not at all while nobody sees the page, or none is there. */
export class FrameLoop implements Disposable {
  readonly #painters = new Set<Paint>();
  #rest: ReturnType<typeof setTimeout> | undefined;
  #frame: number | null = null;

  /** Paints with every frame, until disposed. */
  add(paint: Paint): Disposable {
    this.#painters.add(paint);
    if (this.#frame === null && this.#rest === undefined) this.#next();
    return { [Symbol.dispose]: () => void this.#painters.delete(paint) };
  }

  [Symbol.dispose](): void {
    this.#painters.clear();
    clearTimeout(this.#rest);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  #next(): void {
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = null;
      for (const paint of this.#painters) paint(now);
      if (this.#painters.size === 0) return;
      this.#rest = setTimeout(() => {
        this.#rest = undefined;
        this.#next();
      }, REST_MS);
    });
  }
}
