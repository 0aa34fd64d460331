import type { Sample } from '../model/sample.ts';
import type { RejectCode } from '../protocol/reject-codes.ts';
import type { Dropped } from './backlog.ts';
import type { DeviceClientStats } from './device-client-events.ts';
import type { Outbox, Settled } from './outbox.ts';

type Counted = 'connects' | 'sentFrames' | 'resentFrames' | 'resumedSessions' | 'renewals';

/** Counts what became of everything a client was given. */
export class DeviceClientTally {
  readonly #counts = {
    connects: 0,
    sentFrames: 0,
    resentFrames: 0,
    ackedFrames: 0,
    ackedSamples: 0,
    droppedFrames: 0,
    droppedSamples: 0,
    rejectedFrames: 0,
    rejectedSamples: 0,
    resumedSessions: 0,
    renewals: 0,
  };
  readonly #rejectedByCode: Partial<Record<RejectCode, number>> = {};

  add(what: Counted): void {
    this.#counts[what] += 1;
  }

  acked({ frames, samples }: Settled): void {
    this.#counts.ackedFrames += frames;
    this.#counts.ackedSamples += samples;
  }

  dropped({ frames, samples }: Dropped): void {
    this.#counts.droppedFrames += frames;
    this.#counts.droppedSamples += samples;
  }

  /** @param samples the refused moments; of a frame that holds none, none */
  rejected(code: RejectCode, samples: readonly Sample[], wholeFrame: boolean): void {
    this.#counts.rejectedSamples += samples.length;
    if (wholeFrame) this.#counts.rejectedFrames += 1;
    this.#rejectedByCode[code] = (this.#rejectedByCode[code] ?? 0) + Math.max(1, samples.length);
  }

  stats(outbox: Outbox, state: Pick<DeviceClientStats, 'connected' | 'lastError'>): DeviceClientStats {
    const { inFlight, waiting, acked } = outbox;
    return {
      ...state,
      ...this.#counts,
      rejectedByCode: { ...this.#rejectedByCode },
      reconnects: Math.max(0, this.#counts.connects - 1),
      ackedSeq: acked,
      inFlightFrames: inFlight,
      pendingFrames: inFlight + waiting,
    };
  }
}
