import type { EpochMs } from '../core/clock.ts';
import { isSignal, SIGNAL_NAMES, type Signal } from '../model/signal.ts';
import type { WaveformFrame } from '../protocol/device-frames.ts';
import type { RejectCode } from '../protocol/reject-codes.ts';
import { timeFault } from './time-check.ts';

export interface Waveform {
  readonly signal: Signal;
  readonly t: EpochMs;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

export type CheckedWaveform =
  | { readonly ok: true; readonly waveform: Waveform }
  | { readonly ok: false; readonly code: RejectCode; readonly message: string };

/** Checks a chunk of a trace, which is taken or refused whole. */
export function checkWaveform(frame: WaveformFrame, now: EpochMs, retentionMs: number): CheckedWaveform {
  const { signal, t, rate_hz } = frame;
  if (!isSignal(signal)) {
    const message = `signal ${JSON.stringify(signal)} is not one of ${SIGNAL_NAMES.join(', ')}`;
    return { ok: false, code: 'unknown_signal', message };
  }
  const values = plainFinite(frame.values);
  if (values === null) return { ok: false, code: 'invalid_waveform', message: 'values are finite numbers' };
  // A chunk whose rate has no time to speak of ends where no store can keep it.
  const last = t + ((values.length - 1) * 1_000) / rate_hz;
  const fault = timeFault(t, now, retentionMs) ?? timeFault(last, now, retentionMs);
  return fault ? { ok: false, ...fault } : { ok: true, waveform: { signal, t, rate_hz, values } };
}

/** The values as a plain array, null when one is no finite number. A loop: `Array.from` takes ten times as long. */
function plainFinite(values: ArrayLike<number>): readonly number[] | null {
  if (Array.isArray(values)) return values.every(Number.isFinite) ? values : null;
  const plain = new Array<number>(values.length);
  for (let i = 0; i < plain.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) return null;
    plain[i] = value;
  }
  return plain;
}
