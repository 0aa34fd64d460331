import fc from 'fast-check';
import t from 'tap';
import { type AlarmEvent, conditionKey, vitalsConcerned } from '../../src/model/alarm.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import type { Sample } from '../../src/model/sample.ts';
import { type ReadAlarm, readAlarms } from '../support/alarm-reading.ts';
import { alarmsOf, engineRun } from '../support/engine-run.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../support/recordings.ts';

/** What both readings tell of an alarm. The second reading knows `signal_lost` as its only technical condition. */
function comparable(events: readonly AlarmEvent[]): unknown[] {
  return alarmsOf(events)
    .filter((alarm) => alarm.kind === 'physiological' || alarm.condition === 'signal_lost')
    .map((alarm) =>
      alarm.kind === 'physiological' && alarm.cause === 'limit'
        ? [alarm.kind, alarm.vital, alarm.direction, alarm.priority, alarm.onset, alarm.cleared].join(' ')
        : [alarm.kind, vitalsConcerned(alarm)[0], null, null, alarm.onset, alarm.cleared].join(' '),
    )
    .sort();
}

function comparableReading(alarms: readonly ReadAlarm[]): unknown[] {
  return alarms
    .map((a) =>
      [a.kind, a.vital, a.direction, a.kind === 'technical' ? null : a.priority, a.onset, a.clear].join(' '),
    )
    .sort();
}

const directory = recordingsDirectory();
t.test(
  'the engine and a second reading of the rules agree on every recording',
  { skip: directory ? false : 'no recordings: ../shared/data' },
  async (t) => {
    if (!directory) return;
    for (const path of numericRecordings(directory)) {
      const samples = readNumerics(path, 100_000);
      const run = engineRun();
      for (const sample of samples) run.send([sample]);
      const name = path.slice(path.lastIndexOf('/') + 1);
      t.same(
        comparable(run.events),
        comparableReading(readAlarms(samples, DEFAULT_LIMITS, { expectedIntervalMs: 1_000 })),
        name,
      );
    }
  },
);

/** Walks around the thresholds, with holes of every length and mistrusted moments. */
const stretch = fc.record({
  heart_rate: fc.constantFrom(undefined, 35, 39, 40, 45, 49, 50, 52, 53, 70, 119, 120, 121, 150, 151),
  spo2: fc.constantFrom(undefined, 75, 79, 80, 85, 89, 90, 91, 97),
  body_temp: fc.constantFrom(undefined, 34.9, 35, 35.1, 35.2, 36.6, 38.8, 38.9, 39.1),
  quality: fc.constantFrom(undefined, undefined, undefined, 'motion' as const),
  lasts: fc.integer({ min: 1, max: 25 }),
  pause: fc.integer({ min: 1, max: 14 }),
});

function walk(
  stretches: readonly {
    heart_rate: number | undefined;
    spo2: number | undefined;
    body_temp: number | undefined;
    quality: 'motion' | undefined;
    lasts: number;
    pause: number;
  }[],
): Sample[] {
  const samples: Sample[] = [];
  let t = 1_000_000;
  for (const { lasts, pause, ...moment } of stretches) {
    const present = Object.fromEntries(Object.entries(moment).filter(([, value]) => value !== undefined));
    for (let i = 0; i < lasts; i++) {
      if (Object.keys(present).some((key) => key !== 'quality')) samples.push({ t, ...present });
      t += i === lasts - 1 ? pause * 1_000 : 1_000;
    }
  }
  return samples;
}

t.test('the engine and a second reading of the rules agree on generated samples', async () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 20 }), (stretches) => {
      const samples = walk(stretches);
      if (samples.length === 0) return;
      const run = engineRun(DEFAULT_LIMITS, 1_000);
      for (const sample of samples) run.send([sample]);
      const [mine, theirs] = [
        comparable(run.events),
        comparableReading(readAlarms(samples, DEFAULT_LIMITS, { expectedIntervalMs: 1_000 })),
      ];
      if (JSON.stringify(mine) !== JSON.stringify(theirs))
        throw new Error(`engine ${JSON.stringify(mine)}\nreading ${JSON.stringify(theirs)}`);
    }),
    { numRuns: 400 },
  );
});

t.test('how a stream is cut into frames, and the order within a frame, change nothing', async () => {
  fc.assert(
    fc.property(
      fc.array(stretch, { minLength: 1, maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (stretches, cuts, shuffle) => {
        const samples = walk(stretches);
        const whole = engineRun(DEFAULT_LIMITS, 1_000);
        for (const sample of samples) whole.send([sample]);
        const cut = engineRun(DEFAULT_LIMITS, 1_000);
        for (let at = 0, i = 0; at < samples.length; i++) {
          const size = cuts[i % cuts.length]!;
          // A frame that spans more than a minute would make its first samples back-fill: late by rule 3.
          const frame = samples
            .slice(at, at + size)
            .filter(({ t }) => t - samples[at]!.t <= 60_000)
            .map((sample) => ({ sample, key: shuffle.next().value as number }));
          cut.send(frame.sort((a, b) => a.key - b.key).map(({ sample }) => sample));
          at += frame.length;
        }
        if (JSON.stringify(whole.events) !== JSON.stringify(cut.events)) throw new Error('events differ');
      },
    ),
    { numRuns: 200 },
  );
});

t.test('no sequence of samples gives two live alarms of one vital and direction', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(stretch, fc.integer({ min: -90, max: 20 }), fc.boolean()), {
        minLength: 1,
        maxLength: 20,
      }),
      (parts) => {
        const run = engineRun();
        let now = 10_000_000;
        for (const [part, offset] of parts) {
          const samples = walk([part]).map((sample, i) => ({
            ...sample,
            t: now + offset * 1_000 + i * 1_000,
          }));
          now += part.lasts * 1_000;
          if (samples.length > 0) run.send(samples, { received: now });
        }
        const live = new Set<string>();
        for (const { event, alarm } of run.events) {
          if (alarm.kind !== 'physiological' || alarm.retrospective) continue;
          const key = conditionKey(alarm);
          if (event === 'raised') {
            if (live.has(key)) throw new Error(`${key} raised twice`);
            live.add(key);
          }
          if (event === 'cleared') live.delete(key);
        }
      },
    ),
    { numRuns: 300 },
  );
});
