import { sweepPlace, sweepSpans } from './sweep-span.ts';
import type { TraceBuffer } from './trace-buffer.ts';
import type { TraceRange } from './trace-range.ts';

/** The gap between the newest values and the oldest, CSS pixels. */
const BAR_PX = 14;
const LINE_PX = 1.6;

/** How a sweep is drawn. Lengths in CSS pixels. */
export interface SweepLook {
  readonly width: number;
  readonly height: number;
  /** Device pixels of one CSS pixel. */
  readonly ratio: number;
  readonly pxPerS: number;
  readonly colour: string;
}

/** Draws one trace from left to right and over again, each time only what is new. */
export class SweepPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #buffer: TraceBuffer;
  #look: SweepLook | null = null;
  #range: TraceRange | null = null;
  #drawnTo: number | null = null;
  #pen: { readonly x: number; readonly y: number } | null = null;

  constructor(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, buffer: TraceBuffer) {
    this.#canvas = canvas;
    this.#context = context;
    this.#buffer = buffer;
  }

  /** From the next painting on; what is there is drawn anew. */
  set look(look: SweepLook) {
    this.#look = look;
    this.#canvas.width = Math.round(look.width * look.ratio);
    this.#canvas.height = Math.round(look.height * look.ratio);
    this.#drawnTo = null;
  }

  /** All of the width is drawn anew with the next painting. */
  anew(): void {
    this.#drawnTo = null;
  }

  /** @param head up to which time, ms @param range the same object as long as it is the same */
  paint(head: number, range: TraceRange): void {
    const look = this.#look;
    if (look === null || look.width < 1 || look.height < 1) return;
    const lasts = (1_000 * look.width) / look.pxPerS;
    const bar = (1_000 * BAR_PX) / look.pxPerS;
    const whole =
      this.#drawnTo === null || range !== this.#range || head < this.#drawnTo || head - this.#drawnTo > lasts;
    const from = whole ? head - lasts + bar : (this.#drawnTo ?? head);
    if (head === this.#drawnTo && !whole) return;
    const context = this.#context;
    context.setTransform(look.ratio, 0, 0, look.ratio, 0, 0);
    if (whole) {
      context.clearRect(0, 0, look.width, look.height);
      this.#pen = null;
    } else
      for (const span of sweepSpans(from + bar, head + bar, lasts))
        context.clearRect(
          ...([span.from * look.width, 0, (span.to - span.from) * look.width, look.height] as const),
        );
    this.#range = range;
    this.#drawnTo = head;
    this.#line(from, head, range, look, lasts);
  }

  #line(from: number, to: number, { low, high }: TraceRange, look: SweepLook, lasts: number): void {
    const context = this.#context;
    context.strokeStyle = look.colour;
    context.lineWidth = LINE_PX;
    context.lineJoin = 'round';
    context.beginPath();
    if (this.#pen !== null) context.moveTo(this.#pen.x, this.#pen.y);
    const scale = look.height / (high - low);
    this.#buffer.each(from, to, (t, value, joined) => {
      const x = sweepPlace(t, lasts) * look.width;
      const y = (high - value) * scale;
      if (joined && this.#pen !== null && x >= this.#pen.x) context.lineTo(x, y);
      else context.moveTo(x, y);
      this.#pen = { x, y };
    });
    context.stroke();
  }
}
