import type { Sample } from '../model/sample.ts';
import type { StatusFrame, WaveformFrame } from '../protocol/device-frames.ts';
import { Backlog, type BacklogBounds, type Dropped } from './backlog.ts';
import { type DeviceContent, roughBytes, samplesIn } from './device-content.ts';

/** A frame with its number: from here on it is kept, unchanged, until it is acked. */
export type NumberedFrame =
  | { readonly type: 'vitals'; readonly seq: number; readonly samples: readonly Sample[] }
  | Readonly<WaveformFrame>
  | Readonly<StatusFrame>;

/** Bounds of what was sent and is not acked. */
export interface WindowBounds {
  readonly frames: number;
  readonly bytes: number;
}

export interface OutboxOptions {
  readonly backlog: BacklogBounds;
  readonly window: WindowBounds;
}

interface InFlight {
  frame: NumberedFrame;
  readonly bytes: number;
  rejectedSamples: number;
}

/** What an ack settled. */
export interface Settled {
  readonly frames: number;
  /** Moments in them, without those that were rejected. */
  readonly samples: number;
}

/**
 * Everything the device still owes the server: a window of numbered frames that await their ack, and a backlog behind
 * it. A frame gets its number when it is first handed out to be sent; until then moments may still be put together.
 * A numbered frame is never dropped: the hole would make the server ask for it for ever. Both parts are bounded.
 */
export class Outbox {
  readonly #backlog: Backlog;
  readonly #bounds: WindowBounds;
  /** By number, in order. */
  #window = new Map<number, InFlight>();
  #windowBytes = 0;
  #nextSeq = 1;
  /** The number handed out next: below `#nextSeq` while frames go out again. */
  #cursor = 1;
  #acked = 0;

  constructor(options: OutboxOptions) {
    this.#backlog = new Backlog(options.backlog);
    this.#bounds = options.window;
  }

  /** Everything up to this number of the stream is on the server's disk. */
  get acked(): number {
    return this.#acked;
  }
  get highest(): number {
    return this.#nextSeq - 1;
  }
  get inFlight(): number {
    return this.#window.size;
  }
  get waiting(): number {
    return this.#backlog.frames;
  }
  get backlogFullness(): number {
    return this.#backlog.fullness;
  }
  get isEmpty(): boolean {
    return this.#window.size === 0 && this.#backlog.frames === 0;
  }

  add(content: DeviceContent): Dropped {
    return this.#backlog.add(content);
  }

  /** The next frame to put on the socket; null when nothing waits or the window is full. */
  next(): NumberedFrame | null {
    const again = this.#window.get(this.#cursor);
    if (again) {
      this.#cursor += 1;
      return again.frame;
    }
    if (this.#window.size >= this.#bounds.frames || this.#windowBytes >= this.#bounds.bytes) return null;
    const content = this.#backlog.take();
    if (!content) return null;
    const frame: NumberedFrame = { ...content, seq: this.#nextSeq };
    const bytes = roughBytes(content);
    this.#window.set(frame.seq, { frame, bytes, rejectedSamples: 0 });
    this.#windowBytes += bytes;
    this.#nextSeq += 1;
    this.#cursor = this.#nextSeq;
    return frame;
  }

  /** Cumulative: everything up to `seq` is durable and need not be kept. */
  ackTo(seq: number): Settled {
    let frames = 0;
    let samples = 0;
    for (const [number, entry] of this.#window) {
      if (number > seq) break;
      this.#window.delete(number);
      this.#windowBytes -= entry.bytes;
      frames += 1;
      samples += samplesIn(entry.frame) - entry.rejectedSamples;
    }
    this.#acked = Math.max(this.#acked, Math.min(seq, this.highest));
    this.#cursor = Math.max(this.#cursor, this.#acked + 1);
    return { frames, samples };
  }

  /**
   * Hands out everything from `from` again, in order.
   * @returns false when a frame that is asked for was acked before, so that the server has lost it or is another one.
   */
  rewindTo(from: number): boolean {
    if (from <= this.#acked) return false;
    this.#cursor = Math.min(from, this.#nextSeq);
    return true;
  }

  /** The samples of a frame in flight that the server will never store; null indexes: all of it. */
  rejected(seq: number, indexes: readonly number[] | null): readonly Sample[] {
    const entry = this.#window.get(seq);
    if (entry?.frame.type !== 'vitals') return [];
    const { samples } = entry.frame;
    const refused = indexes === null ? samples : indexes.flatMap((index) => samples.slice(index, index + 1));
    entry.rejectedSamples = Math.min(samples.length, entry.rejectedSamples + refused.length);
    return refused;
  }

  /** Numbers what is in flight anew from 1, for a new stream. */
  restart(): void {
    const entries = [...this.#window.values()];
    this.#window = new Map(
      entries.map((entry, index) => [index + 1, { ...entry, frame: { ...entry.frame, seq: index + 1 } }]),
    );
    this.#nextSeq = entries.length + 1;
    this.#cursor = 1;
    this.#acked = 0;
  }
}
