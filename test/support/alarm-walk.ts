import fc from 'fast-check';
import type { Sample } from '../../src/model/sample.ts';

/** Walks around the thresholds, with holes of every length and mistrusted moments. */
export const stretch = fc.record({
  heart_rate: fc.constantFrom(undefined, 35, 39, 40, 45, 49, 50, 52, 53, 70, 119, 120, 121, 150, 151),
  spo2: fc.constantFrom(undefined, 75, 79, 80, 85, 89, 90, 91, 97),
  body_temp: fc.constantFrom(undefined, 34.9, 35, 35.1, 35.2, 36.6, 38.8, 38.9, 39.1),
  quality: fc.constantFrom(undefined, undefined, undefined, 'motion' as const),
  lasts: fc.integer({ min: 1, max: 25 }),
  pause: fc.integer({ min: 1, max: 14 }),
});

type Stretch = typeof stretch extends fc.Arbitrary<infer Value> ? Value : never;

/** Whole-second samples, stretch after stretch; the last of each is followed by its pause. */
export function walk(stretches: readonly Stretch[], from = 1_000_000): Sample[] {
  const samples: Sample[] = [];
  let t = from;
  for (const { lasts, pause, ...moment } of stretches) {
    const present = Object.fromEntries(Object.entries(moment).filter(([, value]) => value !== undefined));
    for (let i = 0; i < lasts; i++) {
      if (Object.keys(present).some((key) => key !== 'quality')) samples.push({ t, ...present });
      t += i === lasts - 1 ? pause * 1_000 : 1_000;
    }
  }
  return samples;
}
