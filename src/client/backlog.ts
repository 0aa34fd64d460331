import { MAX_SAMPLES_PER_FRAME } from '../protocol/limits.ts';
import { type DeviceContent, roughBytes, samplesIn } from './device-content.ts';

/** Bounds of what waits to be sent, in calls of `send...` and in bytes of memory. */
export interface BacklogBounds {
  readonly frames: number;
  readonly bytes: number;
}

/** What the bound cost. */
export interface Dropped {
  readonly frames: number;
  readonly samples: number;
}

interface Waiting {
  readonly content: DeviceContent;
  readonly bytes: number;
}

/**
 * What has not been sent yet, in order. Bounded by frames and bytes; over the bound the oldest go first (drop_oldest),
 * since for a person's state the newest minutes tell more than the first ones of an outage.
 */
export class Backlog {
  readonly #bounds: BacklogBounds;
  #waiting: Waiting[] = [];
  /** Index of the oldest in `#waiting`: taking one moves this instead of every other. */
  #head = 0;
  #bytes = 0;
  #samples = 0;

  constructor(bounds: BacklogBounds) {
    this.#bounds = bounds;
  }

  get frames(): number {
    return this.#waiting.length - this.#head;
  }
  get samples(): number {
    return this.#samples;
  }

  /** How full it is, 0 to 1, by the bound that is nearer. */
  get fullness(): number {
    return Math.max(this.frames / this.#bounds.frames, this.#bytes / this.#bounds.bytes);
  }

  /** Adds at the end; tells what had to go for it. */
  add(content: DeviceContent): Dropped {
    const bytes = roughBytes(content);
    this.#waiting.push({ content, bytes });
    this.#bytes += bytes;
    this.#samples += samplesIn(content);
    let frames = 0;
    let samples = 0;
    while (this.frames > this.#bounds.frames || (this.#bytes > this.#bounds.bytes && this.frames > 1)) {
      const oldest = this.#takeOldest();
      if (!oldest) break;
      frames += 1;
      samples += samplesIn(oldest);
    }
    return { frames, samples };
  }

  /** The oldest content; moments that wait behind one another become one, up to the samples a frame may hold. */
  take(): DeviceContent | null {
    const first = this.#takeOldest();
    if (first?.type !== 'vitals') return first;
    let following = this.#waiting[this.#head]?.content;
    if (following?.type !== 'vitals') return first;
    const samples = [...first.samples];
    while (
      following?.type === 'vitals' &&
      samples.length + following.samples.length <= MAX_SAMPLES_PER_FRAME
    ) {
      samples.push(...following.samples);
      this.#takeOldest();
      following = this.#waiting[this.#head]?.content;
    }
    return { type: 'vitals', samples };
  }

  #takeOldest(): DeviceContent | null {
    const oldest = this.#waiting[this.#head];
    if (!oldest) return null;
    this.#head += 1;
    this.#bytes -= oldest.bytes;
    this.#samples -= samplesIn(oldest.content);
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return oldest.content;
  }
}
