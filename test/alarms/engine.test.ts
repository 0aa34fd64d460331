import t from 'tap';
import { effectiveLimits } from '../../src/alarms/effective-limits.ts';
import { evaluateArrival, releaseDevice, reportImpossible, restore } from '../../src/alarms/engine.ts';
import { acknowledge } from '../../src/alarms/live-alarms.ts';
import { setConnected, sweepSilence } from '../../src/alarms/silence.ts';
import { newSubjectState } from '../../src/alarms/subject-state.ts';
import type { Alarm, AlarmEvent } from '../../src/model/alarm.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { clinicianId, deviceId, wardId } from '../../src/model/ids.ts';
import type { LimitOverride } from '../../src/model/people.ts';
import { DEVICE, engineRun, PATIENT, seconds, WARD } from '../support/engine-run.ts';

const steady = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const told = (events: readonly AlarmEvent[]): string[] =>
  events.map(
    ({ event, at, alarm }) =>
      `${event} ${alarm.kind === 'physiological' ? `${alarm.vital} ${alarm.direction}` : alarm.condition} ${alarm.priority} ${at / 1_000}`,
  );
const nobodyRegistered = (): null => null;

t.test(
  'a worse tier raises the same alarm, and it clears inside the mildest tier by the margin for the delay',
  async (t) => {
    const run = engineRun();
    run.send(
      seconds('heart_rate', [...steady(15, 45), ...steady(6, 38), ...steady(10, 52), ...steady(8, 53)]),
    );
    t.same(told(run.events), [
      'raised heart_rate low medium 10',
      'priority_raised heart_rate low high 18',
      'cleared heart_rate low high 36',
    ]);
    t.equal(new Set(run.events.map(({ alarm }) => alarm.id)).size, 1);
    t.equal(
      run.events[0]?.alarm.id,
      'p-1:heart_rate:low:10000',
      'the id says patient, vital, direction and onset',
    );
    t.equal(run.state.live.size, 0);
  },
);

t.test('SpO2 below 80 alarms at once, high', async (t) => {
  t.same(told(engineRun().send(seconds('spo2', [97, 79]))), ['raised spo2 low high 1']);
});

t.test('a value on the threshold is no breach, and skin temperature never alarms', async (t) => {
  t.same(engineRun().send(seconds('spo2', steady(60, 90))), []);
  t.same(engineRun().send(seconds('skin_temp', steady(60, 24))), []);
});

t.test('late samples', async (t) => {
  t.test('neither raise, nor extend, nor clear a live alarm', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(20, 85)));
    const live = structuredClone([...run.state.live]);
    const events = run.send(seconds('spo2', steady(10, 97), 5), { received: 20_000 });
    t.same(events, []);
    t.same([...run.state.live], live);
  });
  t.test('a breach in them is one retrospective event an episode, ended by the next good one', async (t) => {
    const run = engineRun();
    run.send([{ t: 200_000, spo2: 97 }]);
    const events = run.send(seconds('spo2', [97, 85, 84, 78, 85, 96, 97], 100), { received: 200_000 });
    t.same(told(events), [
      'retrospective spo2 low medium 101',
      'retrospective spo2 low high 103',
      'retrospective spo2 low high 105',
    ]);
    const last = events.at(-1)?.alarm;
    t.match(last, { retrospective: true, presence: 'off', onset: 101_000, cleared: 104_000 });
    t.equal(new Set(events.map(({ alarm }) => alarm.id)).size, 1);
    t.equal(run.state.live.size, 0);
  });
  t.test('more than 60 s on the way is late, although nothing newer was seen', async (t) => {
    const run = engineRun();
    t.same(told(run.send(seconds('spo2', steady(30, 85), 0), { received: 90_000 })), [
      'retrospective spo2 low medium 0',
    ]);
    t.same(told(engineRun().send(seconds('spo2', steady(30, 85), 0), { received: 60_000 })), [
      'raised spo2 low medium 15',
    ]);
  });
  t.test('one sample with a time far ahead does not make everything after it late', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(5, 85)));
    run.send([{ t: 3_600_000, spo2: 85 }], { received: 5_000 });
    for (let s = 6; s < 30; s++) run.send([{ t: s * 1_000, spo2: 85 }]);
    t.same(told(run.events), ['raised spo2 low medium 21'], 'the delay starts anew after it');
  });
  t.test('an impossible value in back-fill raises nothing', async (t) => {
    const run = engineRun();
    t.equal(reportImpossible(run.state, 'spo2', 1_000, { device: DEVICE, received: 90_000, skew: 0 }), null);
  });
  t.test('a device whose clock is behind is not late', async (t) => {
    const run = engineRun();
    t.same(told(run.send(seconds('spo2', steady(30, 85), 0), { received: 3_630_000, skew: -3_600_000 })), [
      'raised spo2 low medium 15',
    ]);
  });
});

t.test('two devices on one patient: one alarm, which lives while any of them holds it', async (t) => {
  const run = engineRun();
  const other = deviceId('d-2');
  run.send(seconds('spo2', steady(16, 85)));
  run.send(seconds('spo2', steady(17, 86)), { device: other });
  run.send(seconds('spo2', steady(10, 97), 16));
  t.same(told(run.events), ['raised spo2 low medium 15'], 'the second device still holds it');
  run.send(seconds('spo2', steady(10, 97), 17), { device: other });
  t.same(told(run.events).slice(1), ['cleared spo2 low medium 22']);
});

t.test('a device that is taken off lets go of what it held', async (t) => {
  const run = engineRun();
  run.send(seconds('spo2', steady(16, 85)));
  run.send([{ t: 17_000, spo2: 85, quality: 'off_body' }]);
  t.same(told(releaseDevice(run.state, DEVICE, 30_000)), [
    'cleared spo2 low medium 30',
    'cleared off_body low 30',
  ]);
  t.equal(run.state.live.size, 0);
});

t.test('missing data', async (t) => {
  t.test(
    'silence by server time: signal_lost with a socket, device_offline without, neither touches a live alarm',
    async (t) => {
      const run = engineRun();
      setConnected(run.state, DEVICE, true, 0);
      run.send(seconds('spo2', steady(20, 85)));
      t.same(sweepSilence(run.state, 28_999, nobodyRegistered), []);
      t.same(told(sweepSilence(run.state, 29_000, nobodyRegistered)), ['raised signal_lost low 29']);
      t.same(sweepSilence(run.state, 30_000, nobodyRegistered), [], 'told once');
      t.same(told([setConnected(run.state, DEVICE, false, 31_000)].filter((e) => e !== null)), [
        'cleared signal_lost low 31',
      ]);
      t.same(told(sweepSilence(run.state, 32_000, nobodyRegistered)), ['raised device_offline low 32']);
      setConnected(run.state, DEVICE, true, 33_000);
      t.ok(run.state.live.has('spo2:low'));
      t.equal(run.state.live.size, 1);
    },
  );
  t.test(
    'a vital missing while others go on is lost by sample time, and found with its next value',
    async (t) => {
      const run = engineRun();
      run.send(
        Array.from({ length: 40 }, (_, s) => ({
          t: s * 1_000,
          heart_rate: 70 + (s % 3),
          ...(s < 5 || s > 30 ? { spo2: 97 } : {}),
        })),
      );
      t.same(told(run.events), ['raised signal_lost low 14', 'cleared signal_lost low 31']);
      t.match(run.events[0]?.alarm, { vital: 'spo2', last_value_at: 4_000 });
    },
  );
  t.test('a slow vital is not missed before three of its own intervals', async (t) => {
    const run = engineRun();
    for (let s = 0; s < 1_800; s++)
      run.send([{ t: s * 1_000, heart_rate: 70 + (s % 3), ...(s % 300 === 0 ? { glucose: 100 } : {}) }]);
    t.same(run.events, []);
  });
  t.test('a device that sends a minute at once is not silent in between', async (t) => {
    const run = engineRun();
    setConnected(run.state, DEVICE, true, 0);
    for (let minute = 0; minute < 8; minute++) {
      run.send(
        seconds(
          'heart_rate',
          Array.from({ length: 50 }, (_, s) => 70 + (s % 3)),
          minute * 50,
        ),
      );
      const swept = sweepSilence(run.state, minute * 50_000 + 95_000, nobodyRegistered);
      if (minute > 4) t.same(swept, []);
    }
  });
});

t.test('bad data', async (t) => {
  t.test('off the body: a technical alarm at once, no physiological one, stored by others', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(30, 97)));
    run.send(
      Array.from({ length: 30 }, (_, s) => ({
        t: 30_000 + s * 1_000,
        spo2: 70,
        quality: 'off_body' as const,
      })),
    );
    t.same(told(run.events), ['raised off_body low 30']);
    run.send(seconds('spo2', steady(8, 97), 60));
    t.same(told(run.events).slice(1), ['cleared off_body low 65']);
  });
  t.test('motion alarms when it lasts ten seconds, and once while it flickers', async (t) => {
    const run = engineRun();
    const sample = (s: number) => ({
      t: s * 1_000,
      heart_rate: 70 + (s % 2),
      ...(s >= 10 && s < 40 && s % 3 !== 0 ? { quality: 'motion' as const } : {}),
    });
    run.send(Array.from({ length: 60 }, (_, s) => sample(s)));
    t.same(told(run.events), ['raised motion low 20', 'cleared motion low 44']);
  });
  t.test('a possible breach during motion is not one', async (t) => {
    const run = engineRun();
    run.send(
      Array.from({ length: 9 }, (_, s) => ({ t: s * 1_000, heart_rate: 190, quality: 'motion' as const })),
    );
    t.same(run.events, []);
  });
  t.test('impossible values: one technical alarm, cleared by good values', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(5, 97)));
    t.same(
      told(
        [reportImpossible(run.state, 'spo2', 5_000, { device: DEVICE, received: 5_000, skew: 0 })].filter(
          (e) => e !== null,
        ),
      ),
      ['raised impossible_value low 5'],
    );
    t.equal(reportImpossible(run.state, 'spo2', 6_000, { device: DEVICE, received: 6_000, skew: 0 }), null);
    t.same(told(run.send(seconds('spo2', steady(8, 97), 7))), ['cleared impossible_value low 12']);
  });
  t.test(
    'a heart rate frozen for five minutes is kept out; SpO2 and a ventilated respiratory rate may stand still',
    async (t) => {
      const run = engineRun();
      for (let s = 0; s < 320; s++) run.send([{ t: s * 1_000, heart_rate: 72, spo2: 100, resp_rate: 20 }]);
      t.same(told(run.events), ['raised frozen_value low 300']);
      t.same(told(run.send([{ t: 320_000, heart_rate: 73, spo2: 100, resp_rate: 20 }])), [
        'cleared frozen_value low 320',
      ]);
    },
  );
});

t.test('an unassigned device raises one technical alarm and is not evaluated', async (t) => {
  const state = newSubjectState(null);
  const arrival = {
    device: DEVICE,
    samples: seconds('spo2', steady(30, 70)),
    received: 30_000,
    skew: 0,
    intervalMs: null,
  };
  const events = [...evaluateArrival(state, arrival, {}), ...evaluateArrival(state, arrival, {})];
  t.same(told(events), ['raised unassigned_device low 29']);
  t.equal(events[0]?.alarm.patient, null);
});

t.test('acknowledging stops the sound, not the alarm; a worsening is news again', async (t) => {
  const run = engineRun();
  const nurse = clinicianId('nurse-1');
  run.send(seconds('heart_rate', steady(12, 45)));
  const [raised] = run.events;
  t.ok(raised);
  if (!raised) return;
  t.match(acknowledge(run.state, raised.alarm.id, nurse, 12_000), {
    event: 'acknowledged',
    alarm: { presence: 'ack', acknowledged_by: nurse },
  });
  t.equal(acknowledge(run.state, raised.alarm.id, nurse, 12_000), null, 'twice is once');
  t.equal(run.state.live.size, 1);
  t.match(run.send(seconds('heart_rate', steady(5, 38), 12)), [
    { event: 'priority_raised', alarm: { presence: 'on', acknowledged_by: null } },
  ]);
});

t.test('state taken up from the log goes on: not raised again, cleared in time', async (t) => {
  const before = engineRun();
  before.send(seconds('spo2', steady(20, 85)));
  before.send([{ t: 20_000, spo2: 85, quality: 'off_body' }]);
  const after = engineRun();
  restore(after.state, structuredClone([...before.state.live.values()]) as Alarm[]);
  t.same(
    after.send(seconds('spo2', steady(20, 85), 40)).filter(({ event }) => event === 'raised'),
    [],
  );
  const cleared = after.send(seconds('spo2', steady(10, 97), 60)).map(({ alarm }) => alarm.id);
  t.ok(cleared.includes(before.events[0]!.alarm.id));
  t.equal(after.state.live.size, 0);
});

t.test(
  'limits: the narrowest scope wins per vital and direction, and an empty one switches off',
  async (t) => {
    const tier = DEFAULT_LIMITS.find((limit) => limit.vital === 'spo2' && limit.priority === 'medium')!;
    const change = {
      vital: 'spo2',
      direction: 'low',
      changed_by: 'x',
      changed_at: 0,
      reason: 'COPD',
    } as const;
    const ward: LimitOverride = {
      ...change,
      scope: { kind: 'ward', ward: WARD },
      tiers: [{ ...tier, threshold: 88 }],
    };
    const patient: LimitOverride = {
      ...change,
      scope: { kind: 'patient', patient: PATIENT },
      tiers: [{ ...tier, threshold: 85 }],
    };
    const off: LimitOverride = {
      ...change,
      scope: { kind: 'patient', patient: PATIENT },
      direction: 'high',
      vital: 'heart_rate',
      tiers: [],
    };
    const of = (...overrides: LimitOverride[]) => effectiveLimits(DEFAULT_LIMITS, overrides, PATIENT, WARD);
    t.same(
      of().spo2?.low?.map((limit) => limit.threshold),
      [90, 80],
      'mildest first',
    );
    t.same(
      of(ward).spo2?.low?.map((limit) => limit.threshold),
      [88],
    );
    t.same(
      of(patient, ward).spo2?.low?.map((limit) => limit.threshold),
      [85],
    );
    t.same(
      of({ ...ward, scope: { kind: 'ward', ward: wardId('other') } }).spo2?.low?.map(
        (limit) => limit.threshold,
      ),
      [90, 80],
    );
    t.equal(of(off).heart_rate?.high, undefined);
    t.equal(of(off).heart_rate?.low?.length, 2);
  },
);
