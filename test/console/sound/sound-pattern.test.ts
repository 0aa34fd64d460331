import t from 'tap';
import { PARTIALS, RISE, SOUND_PATTERNS } from '../../../src/console/sound/sound-pattern.ts';

/** Silences between pulses, in seconds. */
function silences(of: keyof typeof SOUND_PATTERNS): number[] {
  const { pulses } = SOUND_PATTERNS[of];
  return pulses
    .slice(1)
    .map(({ at }, i) => Math.round((at - pulses[i]!.at - pulses[i]!.duration) * 1_000) / 1_000);
}

t.test('pulses and bursts are within IEC 60601-1-8', async (t) => {
  const { high, medium, low, technical } = SOUND_PATTERNS;
  t.equal(high.pulses.length, 10);
  t.equal(medium.pulses.length, 3);
  t.equal(low.pulses.length, 2);
  t.equal(technical, low, 'technical ones sound as low priority');
  const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;

  t.ok(high.pulses.every(({ duration }) => within(duration, 0.075, 0.2)));
  const [first, second, third, fourth, between, ...rest] = silences('high');
  t.same([first, second, fourth], [0.1, 0.1, 0.1]);
  t.equal(third, 2 * 0.1 + 0.15, 'between the third pulse and the fourth: two silences and a pulse');
  t.ok(within(between!, 0.35, 1.3));
  t.same(rest, [first, second, third, fourth], 'the five come twice');

  for (const softer of ['medium', 'low'] as const) {
    t.ok(SOUND_PATTERNS[softer].pulses.every(({ duration }) => within(duration, 0.125, 0.25)));
    t.ok(silences(softer).every((silence) => within(silence, 0.125, 0.25)));
  }
  t.same([high.everyMs, medium.everyMs, low.everyMs], [10_000, 25_000, 30_000], 'clinical rule 9');
  t.equal(high.lastsMs, 3_400);
});

t.test('tones can be located: the harmonics that count are loud enough and within hearing', async (t) => {
  t.equal(PARTIALS.length, 5);
  for (const amplitude of PARTIALS.slice(1))
    t.ok(Math.abs(20 * Math.log10(amplitude / PARTIALS[0]!)) <= 15, `${amplitude} within 15 dB`);
  for (const { hertz } of Object.values(SOUND_PATTERNS)) {
    t.ok(hertz >= 150 && hertz <= 1_000);
    t.ok(hertz >= 300 && hertz * PARTIALS.length <= 4_000, 'all partials from 300 to 4,000 Hz');
  }
  t.ok(RISE >= 0.1 && RISE <= 0.2);
});
