import { vitalsOf } from './vitals-text.ts';

/** From moment to moment at the least: milliseconds are the grain. */
export const BULK_STEP_MS = 1;
/** The values of moments come again after so many. */
const VALUES = 120;

/** Where each moment of a frame is made but for its time: a generator must cost little. */
const TAILS: readonly string[] = Array.from({ length: VALUES }, (_, i) => {
  const { heart_rate, resp_rate, spo2 } = vitalsOf(i);
  return `,"heart_rate":${heart_rate},"resp_rate":${resp_rate},"spo2":${spo2}}`;
});

/** Frames of one device with many moments each, the newest of them now, no time twice. */
export class BulkText {
  readonly #samples: number;
  #next = 0;

  constructor(samples: number) {
    this.#samples = samples;
  }

  /** @param t ms since the epoch; a device that sends more than a moment each millisecond runs ahead of it */
  frame(seq: number, t: number): string {
    const begin = Math.max(this.#next, t - this.#samples * BULK_STEP_MS);
    let text = `{"type":"vitals","seq":${seq},"samples":[`;
    for (let i = 0; i < this.#samples; i++)
      text += `${i === 0 ? '' : ','}{"t":${begin + i * BULK_STEP_MS}${TAILS[(seq + i) % VALUES]}`;
    this.#next = begin + this.#samples * BULK_STEP_MS;
    return `${text}]}`;
  }
}
