import type { Sample } from '../model/sample.ts';
import type { StatusFrame, WaveformFrame } from '../protocol/device-frames.ts';

/** Moments of the wearer, oldest first. */
export interface VitalsContent {
  readonly type: 'vitals';
  readonly samples: readonly Sample[];
}
/** A chunk of a trace. */
export type WaveformContent = Readonly<Omit<WaveformFrame, 'seq'>>;
/** State of the device itself. */
export type StatusContent = Readonly<Omit<StatusFrame, 'seq'>>;

/** What a device has to say, before it has a number. */
export type DeviceContent = VitalsContent | WaveformContent | StatusContent;

/** Moments in it; traces and status hold none. */
export function samplesIn(content: DeviceContent): number {
  return content.type === 'vitals' ? content.samples.length : 0;
}

/**
 * Bytes it takes in memory, roughly: what a bound on memory needs is the order of size, not the exact figure, and
 * encoding every frame twice to know it would cost more than it guards.
 */
export function roughBytes(content: DeviceContent): number {
  switch (content.type) {
    case 'vitals':
      return content.samples.reduce((sum, sample) => sum + 48 + 24 * Object.keys(sample).length, 64);
    case 'waveform':
      return 160 + 8 * content.values.length;
    case 'status':
      return 160;
  }
}
