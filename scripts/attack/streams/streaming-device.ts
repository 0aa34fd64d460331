import { randomUUID } from 'node:crypto';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { Channel } from '../wire/channel.ts';
import { exchange, streamRequest } from '../wire/http-exchange.ts';
import { nextWord, sendFrame, untilFrame } from '../wire/websocket-exchange.ts';

/** How a stream ended, by the clock of `performance.now()`. */
export interface StreamEnd {
  readonly code: number | null;
  readonly at: number;
}

/** The first sample's time: in the past, one second a frame, so that a sample tells which frame it came in. */
const FIRST_SAMPLE_AGO_MS = 3_600_000;

/** A device that sends one sample a frame, and goes on after it was told to stop. */
export class StreamingDevice {
  readonly #channel: Channel;
  readonly #begin = Math.floor((Date.now() - FIRST_SAMPLE_AGO_MS) / 1_000) * 1_000;
  #seq = 0;
  acked = 0;
  /** Resolves when the server closes the stream, or the connection goes. */
  readonly ended: Promise<StreamEnd>;
  readonly #onAck: (seq: number) => void;

  private constructor(channel: Channel, onAck: (seq: number) => void) {
    this.#channel = channel;
    this.#onAck = onAck;
    this.ended = this.#listen();
  }

  /** @throws CodedError `not_streaming` */
  static async open(
    channel: Channel,
    token: string,
    onAck: (seq: number) => void = () => undefined,
  ): Promise<StreamingDevice> {
    const upgrade = await exchange(channel, streamRequest(token));
    if (upgrade?.status === 101) {
      sendFrame(channel, { type: 'hello', stream: randomUUID(), time: Date.now(), ack_interval_ms: 0 });
      const welcome = await untilFrame(channel, 'welcome');
      if (welcome?.kind === 'frame') return new StreamingDevice(channel, onAck);
    }
    channel.destroy();
    throw new CodedError(
      'not_streaming',
      `a good device was not let in: ${upgrade?.status ?? channel.inbox.ended} ${upgrade?.code ?? ''}`,
    );
  }

  /** Frames sent so far. */
  get sent(): number {
    return this.#seq;
  }

  /** The time of the sample in frame `seq`. */
  sampleTime(seq: number): number {
    return this.#begin + seq * 1_000;
  }

  send(): void {
    this.#seq += 1;
    const samples = [{ t: this.sampleTime(this.#seq), heart_rate: 60 + (this.#seq % 40), spo2: 97 }];
    sendFrame(this.#channel, { type: 'vitals', seq: this.#seq, samples });
  }

  close(): void {
    this.#channel.destroy();
  }

  async #listen(): Promise<StreamEnd> {
    for (;;) {
      const word = await nextWord(this.#channel);
      if (word === null) return { code: null, at: performance.now() };
      if (word.kind === 'close') return { code: word.code, at: performance.now() };
      if (word.frame.type !== 'ack') continue;
      this.acked = Number(word.frame.seq);
      this.#onAck(this.acked);
    }
  }
}
