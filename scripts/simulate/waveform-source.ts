import type { EpochMs } from '../../src/core/clock.ts';
import type { Signal } from '../../src/model/signal.ts';
import type { Person } from './person.ts';
import { smoothNoise } from './smooth-noise.ts';

/** A chunk of a synthetic trace, ready to be sent. */
export interface SyntheticChunk {
  readonly signal: Signal;
  readonly t: EpochMs;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

/** Signals that can be made, with their rate in Hz. */
export const SYNTHETIC_RATES = {
  ecg_i: 250,
  ecg_ii: 250,
  ecg_v: 250,
  ppg: 125,
  resp: 25,
} as const satisfies Partial<Record<Signal, number>>;
export type SyntheticSignal = keyof typeof SYNTHETIC_RATES;

export function isSynthetic(name: unknown): name is SyntheticSignal {
  return typeof name === 'string' && Object.hasOwn(SYNTHETIC_RATES, name);
}

interface Bump {
  /** Place in the cycle, -0.5 to 0.5, with 0 at the R peak or at the foot of the pulse. */
  readonly at: number;
  readonly height: number;
  readonly width: number;
}

/**
 * P, Q, R, S and T as Gaussians over the phase of a beat, in mV. Places and widths after P. E. McSharry, G. D. Clifford
 * et al., "A dynamical model for generating synthetic electrocardiogram signals", IEEE TBME 50(3), 2003.
 */
const ECG: readonly Bump[] = [
  { at: -0.17, height: 0.12, width: 0.028 },
  { at: -0.025, height: -0.11, width: 0.011 },
  { at: 0, height: 1.1, width: 0.011 },
  { at: 0.026, height: -0.22, width: 0.011 },
  { at: 0.27, height: 0.28, width: 0.055 },
];
/** Systolic wave and the reflected one behind it. */
const PULSE: readonly Bump[] = [
  { at: -0.12, height: 0.85, width: 0.09 },
  { at: 0.14, height: 0.32, width: 0.12 },
];
const LEAD_GAIN: Readonly<Record<'ecg_i' | 'ecg_ii' | 'ecg_v', number>> = {
  ecg_i: 0.7,
  ecg_ii: 1,
  ecg_v: 1.3,
};

function bumps(shape: readonly Bump[], phase: number): number {
  let sum = 0;
  for (const { at, height, width } of shape) {
    let distance = phase - at;
    distance -= Math.round(distance);
    sum += height * Math.exp((-distance * distance) / (2 * width * width));
  }
  return sum;
}

/**
 * A person's traces. Beats and breaths go on from chunk to chunk, so the chunks of one signal have to be asked for in
 * the order of time; the rates are the person's at each chunk's start.
 */
export class WaveformSource {
  readonly #person: Person;
  readonly #seed: number;
  /** Per signal: beats and breaths so far. */
  readonly #cycles = new Map<SyntheticSignal, { beats: number; breaths: number }>();

  constructor(person: Person, seed: number) {
    this.#person = person;
    this.#seed = seed;
  }

  /** The values of [t, t + durationMs). */
  chunk(signal: SyntheticSignal, t: EpochMs, durationMs: number): SyntheticChunk {
    const rate = SYNTHETIC_RATES[signal];
    const { heartRate, respRate } = this.#person.physiology(t);
    const cycle = this.#cycles.get(signal) ?? { beats: 0, breaths: 0 };
    this.#cycles.set(signal, cycle);
    const values: number[] = [];
    for (let i = 0; i < Math.round((durationMs * rate) / 1000); i += 1) {
      cycle.beats += heartRate / 60 / rate;
      cycle.breaths += respRate / 60 / rate;
      const noise = smoothNoise(this.#seed + 41, t + (1000 * i) / rate, 12);
      values.push(Number(traceValue(signal, cycle.beats, cycle.breaths, noise).toFixed(4)));
    }
    return { signal, t, rate_hz: rate, values };
  }
}

function traceValue(signal: SyntheticSignal, beats: number, breaths: number, noise: number): number {
  const breath = Math.sin(2 * Math.PI * breaths);
  switch (signal) {
    case 'ppg':
      return 0.1 + bumps(PULSE, beats) * (1 + 0.06 * breath) + 0.01 * noise;
    case 'resp':
      return 0.5 + 0.4 * breath + 0.02 * noise;
    default:
      // The baseline wanders with the breath.
      return LEAD_GAIN[signal] * bumps(ECG, beats) + 0.05 * breath + 0.015 * noise;
  }
}
