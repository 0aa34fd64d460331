import fc from 'fast-check';
import t from 'tap';
import { COURSE_KINDS } from '../../../scripts/simulate/course.ts';
import { createCrowd } from '../../../scripts/simulate/crowd.ts';
import { createPerson } from '../../../scripts/simulate/person.ts';
import { WaveformSource } from '../../../scripts/simulate/waveform-source.ts';
import { DEFAULT_LIMITS } from '../../../src/model/default-limits.ts';
import type { Sample } from '../../../src/model/sample.ts';
import { isPossible, VITAL_NAMES, type Vital } from '../../../src/model/vital.ts';

const startAt = 1_700_000_000_000;
const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const offsets = fc.integer({ min: 0, max: 3 * 86_400_000 });

const values = (sample: Sample): [Vital, number][] =>
  VITAL_NAMES.flatMap((vital): [Vital, number][] => {
    const value = sample[vital];
    return value === undefined ? [] : [[vital, value]];
  });

t.test('a stable person stays inside every default limit, day and night', (t) => {
  fc.assert(
    fc.property(seeds, offsets, (seed, offset) => {
      const sample = createPerson({ seed, startAt, artefacts: false }).sampleAt(startAt + offset);
      if (!sample) return false;
      return values(sample).every(([vital, value]) =>
        DEFAULT_LIMITS.every(
          (limit) =>
            limit.vital !== vital ||
            (limit.direction === 'low' ? value >= limit.threshold : value <= limit.threshold),
        ),
      );
    }),
    { numRuns: 2_000 },
  );
  t.end();
});

t.test('whatever the course, what is measured is possible', (t) => {
  const kinds = fc.constantFrom(...COURSE_KINDS);
  fc.assert(
    fc.property(
      seeds,
      offsets,
      kinds,
      fc.double({ min: 0.2, max: 2, noNaN: true }),
      (seed, offset, kind, severity) => {
        const course = kind === 'stable' ? { kind } : { kind, onsetMs: 1_000, rampMs: 10_000, severity };
        const sample = createPerson({ seed, startAt, course }).sampleAt(startAt + offset);
        return sample === null || values(sample).every(([vital, value]) => isPossible(vital, value));
      },
    ),
    { numRuns: 2_000 },
  );
  t.end();
});

t.test('a moment depends on seed and time alone, not on what was asked before', (t) => {
  fc.assert(
    fc.property(seeds, fc.array(offsets, { minLength: 1, maxLength: 20 }), (seed, times) => {
      const one = createPerson({ seed, startAt });
      const other = createPerson({ seed, startAt });
      const forward = times.map((offset) => one.sampleAt(startAt + offset));
      const backward = times.toReversed().map((offset) => other.sampleAt(startAt + offset));
      return JSON.stringify(forward) === JSON.stringify(backward.toReversed());
    }),
  );
  t.notSame(
    createPerson({ seed: 1, startAt }).sampleAt(startAt),
    createPerson({ seed: 2, startAt }).sampleAt(startAt),
  );
  t.end();
});

t.test('what is measured seldom is measured all the same at another interval', (t) => {
  const person = createPerson({ seed: 5, startAt, artefacts: false });
  // Told to measure every two seconds at an odd one.
  const samples = Array.from({ length: 300 }, (_, i) => person.sampleAt(startAt + 1_000 + i * 2_000, 2_000));
  t.equal(samples.filter((sample) => sample?.body_temp !== undefined).length, 10, 'each minute');
  t.equal(samples.filter((sample) => sample?.systolic_bp !== undefined).length, 2, 'every five minutes');
  t.end();
});

t.test('noise is correlated: neighbours are alike, and five minutes are not all the same', (t) => {
  const person = createPerson({ seed: 5, startAt, artefacts: false });
  const series = Array.from({ length: 3_600 }, (_, i) => person.physiology(startAt + i * 1000).heartRate);
  const mean = series.reduce((a, b) => a + b, 0) / series.length;
  const lagged = (lag: number): number => {
    let above = 0;
    let below = 0;
    series.forEach((value, i) => {
      below += (value - mean) ** 2;
      above += (value - mean) * ((series[i + lag] ?? mean) - mean);
    });
    return above / below;
  };
  t.ok(lagged(2) > 0.5, `autocorrelation at 2 s is ${lagged(2).toFixed(2)}`);
  t.ok(lagged(8) > lagged(400) + 0.1, 'and fades with the distance');
  for (let at = 0; at + 300 <= series.length; at += 300) {
    const window = series.slice(at, at + 300).map(Math.round);
    t.ok(new Set(window).size > 3, `heart rate varies in the window at ${at} s`);
  }
  t.end();
});

t.test('each course brings the sign it is named after, from its onset on', (t) => {
  const course = (kind: Exclude<(typeof COURSE_KINDS)[number], 'stable'>) =>
    createPerson({ seed: 9, startAt, artefacts: false, course: { kind, onsetMs: 5_000, rampMs: 20_000 } });
  const late = startAt + 60_000;
  t.ok(course('desaturation').physiology(late).spo2 < 86);
  t.ok(course('tachycardia').physiology(late).heartRate > 130);
  t.ok(course('bradycardia').physiology(late).heartRate < 50);
  t.ok(course('bradypnoea').physiology(late).respRate < 8);
  t.ok(course('tachypnoea').physiology(late).respRate > 24);
  t.ok(course('fever').physiology(late).coreTemp > 39);
  t.ok(course('hypotension').physiology(late).systolic < 90);
  const before = createPerson({ seed: 9, startAt }).physiology(startAt + 4_000);
  for (const kind of COURSE_KINDS)
    if (kind !== 'stable') t.same(course(kind).physiology(startAt + 4_000), before, `${kind} has not begun`);
  t.end();
});

t.test('a course that is over leaves the person as they were', (t) => {
  const person = createPerson({
    seed: 4,
    startAt,
    artefacts: false,
    course: { kind: 'desaturation', onsetMs: 0, rampMs: 10_000, holdMs: 10_000 },
  });
  t.ok(person.physiology(startAt + 15_000).spo2 < 88);
  t.ok(person.physiology(startAt + 60_000).spo2 > 93);
  t.end();
});

t.test('over an hour there is some movement and some silence, most of it flagged or good', (t) => {
  let motion = 0;
  let missing = 0;
  let good = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const person = createPerson({ seed, startAt });
    for (let s = 0; s < 3_600; s += 1) {
      const sample = person.sampleAt(startAt + s * 1000);
      if (!sample) missing += 1;
      else if (sample.quality === 'motion') motion += 1;
      else if (sample.quality === undefined) good += 1;
    }
  }
  const all = 20 * 3_600;
  t.ok(motion > 0.005 * all && motion < 0.1 * all, `${motion} moved`);
  t.ok(missing > 0 && missing < 0.02 * all, `${missing} missing`);
  t.ok(good > 0.9 * all, `${good} good`);
  t.end();
});

t.test('of a crowd the share that was asked for deteriorates, the same ones for the same seed', (t) => {
  const options = { count: 40, seed: 3, startAt, intervalMs: 1_000, deteriorate: 0.25 };
  const courses = createCrowd(options).map(({ course }) => course);
  t.equal(courses.filter(({ kind }) => kind !== 'stable').length, 10);
  t.same(
    createCrowd(options).map(({ course }) => course),
    courses,
  );
  t.end();
});

t.test('the traces beat and breathe at the person’s rates, without a break between chunks', (t) => {
  const person = createPerson({ seed: 6, startAt, artefacts: false });
  const source = new WaveformSource(person, 6);
  const ecg = Array.from({ length: 60 }, (_, i) => source.chunk('ecg_ii', startAt + i * 1000, 1000)).flatMap(
    ({ values }) => values,
  );
  t.equal(ecg.length, 60 * 250);
  const peaks = ecg.filter(
    (value, i) => value > 0.7 && value >= (ecg[i - 1] ?? 0) && value > (ecg[i + 1] ?? 0),
  );
  const { heartRate } = person.physiology(startAt + 30_000);
  t.ok(Math.abs(peaks.length - heartRate) <= 6, `${peaks.length} beats at ${heartRate.toFixed(0)} a minute`);
  const steepest = Math.max(...ecg.map((value, i) => Math.abs(value - (ecg[i - 1] ?? value))));
  t.ok(steepest < 0.6, `no jump above ${steepest.toFixed(2)} mV`);
  t.end();
});
