import type { EpochMs } from '../core/clock.ts';
import type { Vital } from './vital.ts';

/** How far a moment's values can be trusted. Anything but `good` keeps them out of physiological alarms (rule 5). */
export const QUALITIES = ['good', 'motion', 'poor_contact', 'off_body'] as const;
export type Quality = (typeof QUALITIES)[number];

/**
 * One moment of one device: its time and the vitals measured then, flat as on the wire so that a checked frame
 * goes through the pipeline without being copied. At least one vital is present.
 */
export type Sample = { readonly t: EpochMs; readonly quality?: Quality } & {
  readonly [Name in Vital]?: number;
};
