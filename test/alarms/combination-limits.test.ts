import fc from 'fast-check';
import t from 'tap';
import { evaluateObservedCombinations } from '../../src/alarms/combination-limits.ts';
import { evaluateArrival, releaseDevice } from '../../src/alarms/engine.ts';
import { evaluateObservation } from '../../src/alarms/manual-observation.ts';
import { acknowledge } from '../../src/alarms/response.ts';
import { restore } from '../../src/alarms/restore.ts';
import { expectDevice, sweepSilence } from '../../src/alarms/silence.ts';
import { recordOf, stateOf } from '../../src/alarms/state-record.ts';
import type { Alarm, AlarmEvent } from '../../src/model/alarm.ts';
import { clinicianId, deviceId, observationId } from '../../src/model/ids.ts';
import type { CombinationLimit } from '../../src/model/limit.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { Sample } from '../../src/model/sample.ts';
import { DEVICE, type EngineRun, engineRun, PATIENT, seconds, told } from '../support/engine-run.ts';
import { changeOf, combinationOf, fallBy, limitsWith, shock } from '../support/limit-choices.ts';

const CUFF = deviceId('d-2');
const NURSE = clinicianId('nurse-1');

function shockRun(...tiers: readonly CombinationLimit[]): EngineRun {
  const [first = shock(), ...rest] = tiers;
  return engineRun([], null, { limits: limitsWith([combinationOf(first, ...rest)], []) });
}

function observed(t: number, values: Observation['values'], entered = t): Observation {
  const id = observationId('o-1');
  return { id, patient: PATIENT, by: NURSE, t, entered, values, oxygen: null, consciousness: null };
}

/** A pulse that is never still, so that nothing is taken for frozen. */
function pulses(count: number, value: number, fromS = 0): Sample[] {
  return seconds(
    'pulse_rate',
    Array.from({ length: count }, (_, s) => value + (s % 2)),
    fromS,
  );
}

const physiological = (events: readonly AlarmEvent[]): string[] =>
  told(events.filter(({ alarm }) => alarm.kind === 'physiological'));

t.test(
  'pulse over 110 with systolic under 100, of two devices: raised after the delay, cleared by one inside',
  async (t) => {
    const run = shockRun();
    run.send([{ t: 0, systolic_bp: 95 }], { device: CUFF });
    run.send(pulses(30, 111));
    t.same(told(run.events), ['raised combination shock medium 10']);
    t.equal(run.events[0]?.alarm.id, 'p-1:combination:shock:10000');
    t.match(run.events[0]?.alarm, {
      cause: 'combination',
      name: 'shock',
      values: { pulse_rate: 111, systolic_bp: 95 },
      device: DEVICE,
      breached_since: 0,
    });
    run.send(pulses(20, 108, 30));
    t.same(run.events.length, 1, '108 is not inside by the margin');
    run.send([{ t: 50_000, systolic_bp: 105 }], { device: CUFF });
    run.send(pulses(10, 120, 50));
    t.same(told(run.events).slice(1), ['cleared combination shock medium 55']);
    t.equal(run.state.live.size, 0);
  },
);

t.test('one condition alone, and a value on its threshold, is no breach', async (t) => {
  const run = shockRun(shock({ onset_delay_ms: 0 }));
  run.send([{ t: 0, systolic_bp: 100 }], { device: CUFF });
  run.send(pulses(30, 130));
  run.send([{ t: 30_000, systolic_bp: 80 }], { device: CUFF });
  t.same(told(run.events), ['raised combination shock medium 30'], 'the pressure completed it');
  t.match(run.events[0]?.alarm, { device: CUFF });
  const other = shockRun(shock({ onset_delay_ms: 0 }));
  other.send([{ t: 0, systolic_bp: 80 }], { device: CUFF });
  other.send(seconds('pulse_rate', [110, 109, 110]));
  t.same(other.events, []);
});

t.test('a moment is judged as a whole', async (t) => {
  const run = shockRun(shock({ onset_delay_ms: 0 }));
  run.send([
    { t: 0, pulse_rate: 80, systolic_bp: 90 },
    { t: 1_000, pulse_rate: 120, systolic_bp: 110 },
    { t: 2_000, pulse_rate: 80, systolic_bp: 90 },
  ]);
  t.same(run.events, [], 'never both at once');
});

t.test('a missing or stale value neither raises nor clears, and delays start anew', async (t) => {
  const run = shockRun();
  run.send(pulses(30, 130));
  t.same(run.events, [], 'no pressure');
  run.send([{ t: 30_000, systolic_bp: 80 }], { device: CUFF });
  t.same(run.events, [], 'the delay counts from when both are known');
  run.send(pulses(8, 130, 30));
  run.send(pulses(8, 130, 50));
  t.same(physiological(run.events), [], 'the pulse was missing for 13 s: 8 s and 8 s are no 10 s');
  run.send(pulses(5, 130, 58));
  t.same(physiological(run.events), ['raised combination shock medium 60']);

  const stale = 30_000 + 45 * 60_000;
  run.send(pulses(20, 80, stale / 1_000 + 1));
  t.ok(
    run.state.live.has('combination:shock'),
    'a pressure older than 45 min says nothing, whatever the pulse',
  );
  run.send([{ t: stale + 21_000, systolic_bp: 80 }], { device: CUFF });
  run.send(pulses(3, 80, stale / 1_000 + 21));
  t.ok(run.state.live.has('combination:shock'), 'the clear delay begins with it');
  run.send(pulses(4, 80, stale / 1_000 + 24));
  t.notOk(run.state.live.has('combination:shock'));
});

t.test('devices whose clocks do not agree are compared by the clock of the server', async (t) => {
  const ahead = 7_200_000;
  const run = shockRun();
  run.send([{ t: ahead, systolic_bp: 80 }], { device: CUFF, received: 0, skew: ahead });
  for (let s = 0; s < 12; s++) run.send(pulses(1, 130, s), { received: s * 1_000 });
  t.same(told(run.events), ['raised combination shock medium 10']);
});

t.test(
  'tiers: a worse one raises the same alarm; it latches, recurs, and goes when it was seen',
  async (t) => {
    const severe = shock({
      priority: 'high',
      onset_delay_ms: 0,
      conditions: [
        { vital: 'pulse_rate', direction: 'high', threshold: 130, clear_margin: 3 },
        { vital: 'systolic_bp', direction: 'low', threshold: 80, clear_margin: 5 },
      ],
    });
    const run = shockRun(shock(), severe);
    run.send([{ t: 0, systolic_bp: 75 }], { device: CUFF });
    run.send([
      ...pulses(15, 120),
      ...pulses(5, 140, 15),
      ...pulses(10, 90, 20),
      ...pulses(5, 140, 30),
      ...pulses(10, 90, 35),
    ]);
    t.same(told(run.events), [
      'raised combination shock medium 10',
      'priority_raised combination shock high 15',
      'latched combination shock high 25',
      'recurred combination shock high 30',
      'latched combination shock high 40',
    ]);
    t.match(run.events[1]?.alarm, { values: { pulse_rate: 140, systolic_bp: 75 } });
    const [raised] = run.events;
    t.match(acknowledge(run.state, raised!.alarm.id, NURSE, 60_000), { alarm: { presence: 'off' } });
    t.equal(run.state.live.size, 0);
  },
);

t.test('what is entered by hand counts like what is measured', async (t) => {
  const run = shockRun(shock({ onset_delay_ms: 0 }));
  run.send(pulses(30, 130));
  const events = evaluateObservation(run.state, observed(29_500, { systolic_bp: 85 }, 31_000), run.rules);
  t.same(told(events), ['raised combination shock medium 29.5']);
  t.match(events[0]?.alarm, { device: 'manual', values: { pulse_rate: 131, systolic_bp: 85 } });

  const late = shockRun(shock({ onset_delay_ms: 0 }));
  late.send(pulses(30, 130));
  t.same(
    evaluateObservation(late.state, observed(29_500, { systolic_bp: 85 }, 60_000), late.rules),
    [],
    'half a minute later the pulse no longer counts',
  );
  t.same(
    evaluateObservedCombinations(
      late.state,
      { ...observed(60_000, { spo2: 90 }), values: { spo2: 90 } },
      late.rules,
    ),
    [],
    'not one of its vitals',
  );
});

t.test(
  'a device taken off leaves a combination to the others, and ends it where there is none',
  async (t) => {
    const run = shockRun();
    const third = deviceId('d-3');
    run.send([{ t: 0, systolic_bp: 80 }], { device: CUFF });
    run.send(pulses(15, 130), { device: third });
    run.send(pulses(15, 130));
    t.same(physiological(releaseDevice(run.state, third, 16_000)), [], 'the other measures the pulse too');
    t.same(physiological(releaseDevice(run.state, DEVICE, 17_000)), [], 'the cuff may, as far as is known');
    for (let s = 17; s < 30; s++) run.send([{ t: s * 1_000, systolic_bp: 80 }], { device: CUFF });
    t.same(physiological(run.events).slice(1), []);
    const swept = sweepSilence(run.state, 30_000, () => null, run.rules);
    t.same(physiological(swept), ['cleared combination shock medium 30'], 'by now it plainly does not');
    run.send(pulses(15, 130, 30), { device: third });
    t.same(physiological(run.events).slice(1), ['raised combination shock medium 40'], 'it can come again');
  },
);

t.test('after a restart it is neither lost nor raised again, and clears once evaluated inside', async (t) => {
  const before = shockRun();
  before.send([{ t: 0, systolic_bp: 80 }], { device: CUFF });
  before.send(pulses(15, 130));
  const after = engineRun([], null, { limits: before.rules.limits });
  restore(after.state, structuredClone([...before.state.live.values()]) as Alarm[]);
  for (const device of [DEVICE, CUFF]) expectDevice(after.state, device, 30_000);
  after.send(pulses(60, 80, 30));
  t.same(physiological(after.events), [], 'no pressure yet: nothing is known');
  after.send([{ t: 90_000, systolic_bp: 80 }], { device: CUFF });
  after.send(pulses(20, 130, 90));
  t.same(physiological(after.events), [], 'held, and not raised again');
  after.send(pulses(20, 80, 110));
  t.same(physiological(after.events), ['cleared combination shock medium 115']);
  t.equal(after.events.at(-1)?.alarm.id, before.events[0]?.alarm.id);

  const gone = engineRun([], null, { limits: before.rules.limits });
  restore(gone.state, structuredClone([...before.state.live.values()]) as Alarm[]);
  for (const device of [DEVICE, CUFF]) expectDevice(gone.state, device, 30_000);
  t.same(releaseDevice(gone.state, CUFF, 31_000), [], 'the other may measure both');
  t.same(physiological(releaseDevice(gone.state, DEVICE, 32_000)), ['cleared combination shock medium 32']);
});

t.test('a combination may be named like what every object has', async (t) => {
  const named = shock({ name: 'constructor', onset_delay_ms: 0 });
  const run = engineRun([], null, { limits: limitsWith([combinationOf(named)], []) });
  run.send([{ t: 0, pulse_rate: 130, systolic_bp: 80 }]);
  t.same(told(run.events), ['raised combination constructor medium 0']);
  const off = { device: DEVICE, samples: pulses(1, 130, 1), received: 1_000, skew: 0, intervalMs: null };
  t.same(told(evaluateArrival(run.state, off, engineRun([]).rules)), [
    'cleared combination constructor medium 1',
  ]);
  t.equal(run.state.combinations, null);
});

const limits = limitsWith([
  changeOf(
    fallBy({ window_ms: 30_000 }),
    fallBy({ priority: 'high', change: 8, window_ms: 30_000, onset_delay_ms: 0 }),
  ),
  changeOf(fallBy({ vital: 'pulse_rate', course: 'rising', change: 20, clear_margin: 3 })),
  combinationOf(
    shock(),
    shock({
      priority: 'high',
      onset_delay_ms: 3_000,
      conditions: [
        { vital: 'pulse_rate', direction: 'high', threshold: 120, clear_margin: 3 },
        { vital: 'systolic_bp', direction: 'low', threshold: 90, clear_margin: 5 },
      ],
    }),
  ),
  combinationOf(
    shock({
      name: 'both_low',
      onset_delay_ms: 0,
      conditions: [
        { vital: 'spo2', direction: 'low', threshold: 93, clear_margin: 1 },
        { vital: 'systolic_bp', direction: 'low', threshold: 100, clear_margin: 5 },
      ],
    }),
  ),
]);

const stretch = fc.record({
  pulse_rate: fc.constantFrom(undefined, 80, 100, 108, 112, 125, 140),
  spo2: fc.constantFrom(undefined, 85, 88, 92, 94, 97),
  systolic_bp: fc.constantFrom(undefined, undefined, 85, 95, 102, 120),
  quality: fc.constantFrom(undefined, undefined, undefined, 'motion' as const),
  lasts: fc.integer({ min: 1, max: 25 }),
  pause: fc.integer({ min: 1, max: 14 }),
});

t.test(
  'how a stream is cut into frames, the order within one, and writing the state down change nothing with such limits',
  async (t) => {
    const causes = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 3, maxLength: 12, size: 'max' }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (stretches, cuts, shuffle) => {
          const samples: Sample[] = [];
          let now = 1_000_000;
          for (const { lasts, pause, ...moment } of stretches) {
            const present = Object.fromEntries(
              Object.entries(moment).filter(([, value]) => value !== undefined),
            );
            for (let i = 0; i < lasts; i++) {
              if (Object.keys(present).some((key) => key !== 'quality')) samples.push({ t: now, ...present });
              now += i === lasts - 1 ? pause * 1_000 : 1_000;
            }
          }
          const [whole, cut] = [engineRun([], 1_000, { limits }), engineRun([], 1_000, { limits })];
          for (const sample of samples) whole.send([sample]);
          for (let at = 0, i = 0; at < samples.length; i++) {
            const rest = samples.slice(at, at + cuts[i % cuts.length]!);
            const frame = rest.filter(({ t }) => t - rest[0]!.t <= 60_000);
            at += frame.length;
            const keyed = frame.map((sample) => ({ sample, key: shuffle.next().value as number }));
            cut.send(keyed.sort((a, b) => a.key - b.key).map(({ sample }) => sample));
          }
          for (const { alarm } of whole.events) if (alarm.kind === 'physiological') causes.add(alarm.cause);
          // The third goes on from what was written down, after every frame.
          const written = engineRun([], 1_000, { limits });
          let state = written.state;
          for (let at = 0; at < samples.length; at += 7) {
            for (const sample of samples.slice(at, at + 7)) {
              const arrival = {
                device: DEVICE,
                samples: [sample],
                received: sample.t,
                skew: 0,
                intervalMs: 1_000,
              };
              written.events.push(...evaluateArrival(state, arrival, written.rules));
            }
            state = stateOf(JSON.parse(JSON.stringify(recordOf(state))))!;
          }
          const told = [whole, cut, written].map(({ events }) =>
            // When it was received is what a frame does change.
            JSON.stringify(events, (key, value) =>
              ['raised_at', 'alerted_at'].includes(key) ? null : value,
            ),
          );
          if (told[0] !== told[1]) throw new Error(`whole ${told[0]}\ncut ${told[1]}`);
          if (told[0] !== told[2]) throw new Error(`whole ${told[0]}\nwritten down ${told[2]}`);
        },
      ),
      { numRuns: 200 },
    );
    t.ok(causes.has('change') && causes.has('combination'));
  },
);

t.test('a server clock that is set back does not put off a combination', async (t) => {
  const run = shockRun();
  const backMs = -3_600_000;
  run.send([{ t: 0, systolic_bp: 95 }], { device: CUFF });
  run.send(pulses(5, 111));
  run.send([{ t: backMs, systolic_bp: 95 }], { device: CUFF });
  run.send(pulses(12, 111, backMs / 1_000));
  t.same(physiological(run.events), ['raised combination shock medium -3590']);
});
