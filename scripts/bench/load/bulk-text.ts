import { vitalsOf } from './vitals-text.ts';

/** A device that was out of reach sends what it kept: it begins so long ago, within what a rig's devices are worn. */
const AGO_MS = 50 * 60_000;
/** From moment to moment. */
export const BULK_STEP_MS = 10;
/** The values of moments come again after so many. */
const VALUES = 120;

/** Where each moment of a frame is made but for its time: a generator must cost little. */
const TAILS: readonly string[] = Array.from({ length: VALUES }, (_, i) => {
  const { heart_rate, resp_rate, spo2 } = vitalsOf(i);
  return `,"heart_rate":${heart_rate},"resp_rate":${resp_rate},"spo2":${spo2}}`;
});

/** Frames of one device with many moments each, whose times go on from frame to frame. */
export class BulkText {
  readonly #samples: number;
  #t: number;

  /** @param now ms since the epoch */
  constructor(samples: number, now: number) {
    this.#samples = samples;
    this.#t = now - AGO_MS;
  }

  /** The next frame. */
  frame(seq: number): string {
    let text = `{"type":"vitals","seq":${seq},"samples":[`;
    for (let i = 0; i < this.#samples; i++) {
      text += `${i === 0 ? '' : ','}{"t":${this.#t}${TAILS[(seq + i) % VALUES]}`;
      this.#t += BULK_STEP_MS;
    }
    return `${text}]}`;
  }
}
