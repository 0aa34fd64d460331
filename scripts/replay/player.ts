import { type Clock, type EpochMs, sleep } from '../../src/core/clock.ts';
import type { Sample } from '../../src/model/sample.ts';
import { MAX_SAMPLES_PER_FRAME } from '../../src/protocol/limits.ts';
import type { RecordedChunk, RecordedSample, Recording } from './recording.ts';

/** What the player needs of a device client. */
export interface PlayerClient {
  sendVitals(samples: readonly Sample[]): void;
  sendWaveform(chunk: { signal: string; t: EpochMs; rate_hz: number; values: readonly number[] }): void;
  /** Resolves when more may be given; see DeviceClient. */
  room(): Promise<void>;
}

export interface PlayOptions {
  readonly recording: Recording;
  readonly client: PlayerClient;
  readonly clock: Clock;
  /** Time of the recording's start. In the past, what was due is sent as a backlog. */
  readonly startAt: EpochMs;
  readonly signal?: AbortSignal;
  readonly onProgress?: (played: Played) => void;
}

export interface Played {
  readonly samples: number;
  readonly chunks: number;
  /** Offset up to which everything was sent. */
  readonly offsetMs: number;
}

/** Longest sleep at once: timers take no more than about 24 days. */
const MAX_SLEEP_MS = 3_600_000;

/**
 * Sends each moment of a recording when it is due on the clock, several due ones in one frame; a chunk of a trace is
 * due when its last value is. Waits where the client's backlog fills, so that nothing recorded is dropped.
 * @throws the signal's reason when aborted; what the client throws when it has stopped
 */
export async function playRecording(options: PlayOptions): Promise<Played> {
  const { recording, client, clock, startAt, signal, onProgress } = options;
  const { samples, waveforms } = recording;
  let nextSample = 0;
  let nextChunk = 0;
  let offsetMs = 0;
  const played = (): Played => ({ samples: nextSample, chunks: nextChunk, offsetMs });

  while (nextSample < samples.length || nextChunk < waveforms.length) {
    signal?.throwIfAborted();
    await client.room();
    const due = clock.now() - startAt;
    const batch = dueSamples(samples, nextSample, due);
    if (batch.length > 0) {
      nextSample += batch.length;
      client.sendVitals(batch.map((sample) => toSample(sample, startAt)));
    }
    const chunk = waveforms[nextChunk];
    const chunkDue = chunk !== undefined && endOf(chunk) <= due;
    if (chunkDue) {
      nextChunk += 1;
      const { signal: name, rateHz, values } = chunk;
      client.sendWaveform({ signal: name, t: startAt + chunk.offsetMs, rate_hz: rateHz, values });
    }
    if (batch.length > 0 || chunkDue) {
      offsetMs = Math.max(offsetMs, batch.at(-1)?.offsetMs ?? 0, chunkDue ? endOf(chunk) : 0);
      onProgress?.(played());
      continue;
    }
    const nextDue = Math.min(
      samples[nextSample]?.offsetMs ?? Number.POSITIVE_INFINITY,
      chunk === undefined ? Number.POSITIVE_INFINITY : endOf(chunk),
    );
    await sleep(clock, Math.min(nextDue - due, MAX_SLEEP_MS), signal);
  }
  return played();
}

function dueSamples(
  samples: readonly RecordedSample[],
  from: number,
  due: number,
): readonly RecordedSample[] {
  let to = from;
  while (to < samples.length && to - from < MAX_SAMPLES_PER_FRAME && (samples[to]?.offsetMs ?? 0) <= due)
    to += 1;
  return samples.slice(from, to);
}

function toSample({ offsetMs, values, quality }: RecordedSample, startAt: EpochMs): Sample {
  return { t: startAt + offsetMs, ...values, ...(quality === undefined ? {} : { quality }) };
}

function endOf({ offsetMs, values, rateHz }: RecordedChunk): number {
  return offsetMs + (1000 * values.length) / rateHz;
}
