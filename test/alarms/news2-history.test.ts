import fc from 'fast-check';
import t from 'tap';
import { rememberObservation } from '../../src/alarms/manual-observation.ts';
import { NEWS2_VITALS, news2History } from '../../src/alarms/news2-history.ts';
import { currentNews2 } from '../../src/alarms/news2-inputs.ts';
import { newSubjectState, rememberNewest } from '../../src/alarms/subject-state.ts';
import type { ClinicianId, ObservationId } from '../../src/model/ids.ts';
import { CONSCIOUSNESS_LEVELS, type News2, type News2Use, OXYGEN_USES } from '../../src/model/news2.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { Vital } from '../../src/model/vital.ts';
import { DEVICE, engineRun, PATIENT } from '../support/engine-run.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Away from 0, so that there is a past. */
const T0 = 100 * HOUR;

function observed(at: number, fields: Partial<Observation> = {}): Observation {
  return {
    ...{ id: `o-${at}` as ObservationId, patient: PATIENT, by: 'nurse' as ClinicianId, t: at, entered: at },
    ...{ values: {}, oxygen: null, consciousness: null },
    ...fields,
  };
}

function measured(at: number, vital: Vital, value: number) {
  return { vital, value, measured: at, device: DEVICE };
}

const gist = (news2: News2): unknown =>
  news2.kind === 'score' ? news2.score : news2.kind === 'partial' ? news2.lacks.join(' ') : 'off';

t.test(
  'a day of rounds: scores with what they are made of, gaps where something became too old',
  async (t) => {
    const values = [0, 5, 10].flatMap((m) =>
      [
        ['resp_rate', m === 10 ? 25 : 16],
        ['spo2', 97],
        ['heart_rate', 70],
      ].map(([vital, value]) => measured(T0 + m * MINUTE, vital as Vital, value as number)),
    );
    const observations = [
      observed(T0, { values: { systolic_bp: 120, body_temp: 37 }, consciousness: 'alert' }),
      observed(T0 + 5 * MINUTE, { oxygen: 'air' }),
      // Of the same minute and entered later: a correction.
      { ...observed(T0 + 5 * MINUTE, { oxygen: 'oxygen' }), entered: T0 + 7 * MINUTE },
    ];
    const times = [0, 5, 10, 25, 26].map((m) => T0 + m * MINUTE);
    const inputs = { patient: PATIENT, use: 'scale_1', times, values, observations } as const;
    const steps = [...news2History(inputs)];
    t.same(
      steps.map(({ t: at, news2 }) => [(at - T0) / MINUTE, gist(news2)]),
      [
        [0, 'oxygen'],
        [5, 2],
        [10, 5],
        [25, 5],
        [26, 'resp_rate spo2 pulse'],
      ],
    );
    t.match(steps[2]?.news2, {
      trigger: 'urgent',
      inputs: [
        { parameter: 'resp_rate', value: 25, points: 3, measured: T0 + 10 * MINUTE },
        { parameter: 'spo2', value: 97, points: 0 },
        { parameter: 'oxygen', value: 'oxygen', points: 2, measured: T0 + 5 * MINUTE },
        { parameter: 'systolic_bp', value: 120, measured: T0 },
        { parameter: 'pulse', value: 70 },
        { parameter: 'consciousness', value: 'alert' },
        { parameter: 'temperature', value: 37 },
      ],
    });
    t.same(
      [...news2History({ ...inputs, use: 'off' })].map(({ news2 }) => news2.kind),
      times.map(() => 'off'),
    );
  },
);

t.test(
  'what the engine scored live, second by second, history scores from the newest values alone',
  async (t) => {
    const engine = engineRun([], null, { news2: 'scale_2' });
    const set = observed(T0, {
      values: { systolic_bp: 95, body_temp: 38.5 },
      oxygen: 'oxygen',
      consciousness: 'voice',
    });
    rememberObservation(engine.state, set, T0);
    const live: News2[] = [];
    const values = [];
    const times = [];
    for (let s = 1; s <= 180; s++) {
      const sample = { t: T0 + s * 1_000, resp_rate: 12 + (s % 14), spo2: 88 + (s % 10), pulse_rate: 60 + s };
      engine.send([sample]);
      if (s % 60 !== 0) continue;
      live.push(currentNews2(engine.state, 'scale_2', sample.t));
      times.push(sample.t);
      for (const vital of ['resp_rate', 'spo2', 'pulse_rate'] as const)
        values.push(measured(sample.t, vital, sample[vital]));
    }
    const steps = news2History({ patient: PATIENT, use: 'scale_2', times, values, observations: [set] });
    t.same(
      [...steps].map(({ news2 }) => news2),
      live,
    );
    t.same(new Set(live.map(({ kind }) => kind)), new Set(['score']));
  },
);

const at = fc.integer({ min: 0, max: 14 * 60 }).map((m) => T0 + m * MINUTE);
const VALUE: Readonly<Partial<Record<Vital, fc.Arbitrary<number>>>> = {
  resp_rate: fc.integer({ min: 5, max: 30 }),
  spo2: fc.integer({ min: 80, max: 100 }),
  pulse_rate: fc.integer({ min: 35, max: 140 }),
  heart_rate: fc.integer({ min: 35, max: 140 }),
  systolic_bp: fc.integer({ min: 80, max: 230 }),
  body_temp: fc.integer({ min: 340, max: 400 }).map((tenths) => tenths / 10),
};
const reading = fc
  .constantFrom(...NEWS2_VITALS.map(({ vital }) => vital))
  .chain((vital) =>
    fc.tuple(at, VALUE[vital] ?? fc.constant(1)).map(([t, value]) => measured(t, vital, value)),
  );
const entry = fc.tuple(
  at,
  fc.option(fc.constantFrom(...OXYGEN_USES)),
  fc.option(fc.constantFrom(...CONSCIOUSNESS_LEVELS)),
);
const readings = fc.uniqueArray(reading, {
  maxLength: 60,
  selector: ({ vital, measured: m }) => `${vital}${m}`,
});
const entries = fc.uniqueArray(entry, { maxLength: 8, selector: ([m]) => m });
const use = fc.constantFrom<News2Use>('scale_1', 'scale_2');
const stepMinutes = fc.integer({ min: 1, max: 90 });

t.test(
  'at any time it is the live score of all values, though given only the newest of each step',
  async (t) => {
    fc.assert(
      fc.property(readings, entries, use, stepMinutes, (readings, entries, use, step) => {
        const observations = entries.map(([m, oxygen, consciousness]) =>
          observed(m, { oxygen, consciousness }),
        );
        const times = Array.from({ length: 12 }, (_, i) => T0 + 2 * HOUR + i * step * MINUTE);
        const values = times.flatMap((time, i) =>
          NEWS2_VITALS.flatMap(({ vital, maxAgeMs }) => {
            const since = Math.max(time - maxAgeMs, (times[i - 1] ?? Number.NEGATIVE_INFINITY) + 1);
            const found = readings.filter(
              (one) => one.vital === vital && one.measured >= since && one.measured <= time,
            );
            return found.sort((a, b) => b.measured - a.measured).slice(0, 1);
          }),
        );
        const steps = [
          ...news2History({ patient: PATIENT, use, times, values: values.reverse(), observations }),
        ];
        const live = times.map((time) => {
          const state = newSubjectState(PATIENT);
          for (const { vital, value, measured: m } of readings)
            if (m <= time) rememberNewest(state, vital, value, m, DEVICE, time);
          for (const observation of observations)
            if (observation.t <= time) rememberObservation(state, observation, time);
          return { t: time, news2: currentNews2(state, use, time) };
        });
        return JSON.stringify(steps) === JSON.stringify(live);
      }),
      { numRuns: 200 },
    );
    t.pass();
  },
);
