import type { Signal } from '../../model/signal.ts';
import { type SweepLook, SweepPainter } from './sweep-painter.ts';
import { fittingRange, fixedRange, type TraceRange } from './trace-range.ts';
import type { TraceSource } from './trace-source.ts';

/** CSS pixels of a CSS millimetre. */
export const PX_PER_MM = 96 / 25.4;
/** A colour that changed with the theme is noticed so soon. Milliseconds. */
const COLOUR_EVERY_MS = 1_000;
/** What is looked at to fit a trace into its height. Milliseconds. */
const SEEN_MS = 8_000;
/** A span of what has no unit, or of g, that is taken for standing still. */
const LEAST_SPAN = 0.02;

export interface TraceDisplayOptions {
  readonly source: TraceSource;
  readonly signal: Signal;
  readonly speedMmPerS: number;
  /** For ECG. */
  readonly gainMmPerMv: number;
}

/** Whether a trace has a unit that a gain is told in. */
export function isCalibrated(signal: Signal): boolean {
  return signal.startsWith('ecg_');
}

/** Puts a trace on a canvas: looks how large it is, chooses the range, and draws what is new of it with every frame. */
export class TraceDisplay {
  readonly #canvas: HTMLCanvasElement;
  readonly #painter: SweepPainter;
  readonly #options: TraceDisplayOptions;
  #size = { width: 0, height: 0 };
  #look: SweepLook | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #range: TraceRange | null = null;
  #chunks = 0;

  constructor(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, options: TraceDisplayOptions) {
    this.#canvas = canvas;
    this.#options = options;
    this.#painter = new SweepPainter(canvas, context, options.source.buffer);
  }

  /** CSS pixels of the canvas's box. */
  resized(width: number, height: number): void {
    this.#size = { width, height };
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** @param now ms of `performance.now()` */
  readonly paint = (now: number): void => {
    const { source } = this.#options;
    const head = source.headAt(now);
    if (head === null) return;
    if (now - this.#lookedAt >= COLOUR_EVERY_MS) this.#lookAgain(now);
    if (source.chunks !== this.#chunks || this.#range === null) {
      this.#chunks = source.chunks;
      this.#range = this.#fit(head);
    }
    if (this.#range !== null) this.#painter.paint(head, this.#range);
  };

  #lookAgain(now: number): void {
    this.#lookedAt = now;
    const { width, height } = this.#size;
    const { color: colour } = getComputedStyle(this.#canvas);
    const ratio = globalThis.devicePixelRatio;
    const before = this.#look;
    if (before?.width === width && before.height === height && before.ratio === ratio) {
      if (before.colour === colour) return;
    } else this.#range = null;
    this.#look = { width, height, ratio, colour, pxPerS: this.#options.speedMmPerS * PX_PER_MM };
    this.#painter.look = this.#look;
  }

  #fit(head: number): TraceRange | null {
    const { source, signal, gainMmPerMv } = this.#options;
    const seen = source.buffer.extremes(head - SEEN_MS);
    if (seen === null) return this.#range;
    return isCalibrated(signal)
      ? fixedRange(this.#range, seen, this.#size.height / (gainMmPerMv * PX_PER_MM))
      : fittingRange(this.#range, seen, LEAST_SPAN);
  }
}
