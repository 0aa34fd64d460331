import t from 'tap';
import { evaluateArrival, releaseDevice } from '../../src/alarms/engine.ts';
import { acknowledge } from '../../src/alarms/response.ts';
import { NOBODYS_RULES } from '../../src/alarms/subject-rules.ts';
import { newSubjectState } from '../../src/alarms/subject-state.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { effectiveLimits } from '../../src/model/effective-limits.ts';
import { clinicianId, deviceId, wardId } from '../../src/model/ids.ts';
import type { LimitOverride } from '../../src/model/limit-override.ts';
import { DEVICE, engineRun, PATIENT, seconds, steady, told, WARD } from '../support/engine-run.ts';

t.test(
  'a worse tier raises the same alarm, and it ends inside the mildest tier by the margin for the delay',
  async (t) => {
    const run = engineRun();
    run.send(
      seconds('heart_rate', [...steady(15, 45), ...steady(6, 38), ...steady(10, 52), ...steady(8, 53)]),
    );
    t.same(told(run.events), [
      'raised heart_rate low medium 10',
      'priority_raised heart_rate low high 18',
      'latched heart_rate low high 36',
    ]);
    t.equal(new Set(run.events.map(({ alarm }) => alarm.id)).size, 1);
    t.equal(
      run.events[0]?.alarm.id,
      'p-1:heart_rate:low:10000',
      'the id says patient, vital, direction and onset',
    );
    t.equal(run.state.live.size, 1, 'nobody has seen it');
    const mild = engineRun();
    mild.send(seconds('heart_rate', [...steady(15, 45), ...steady(10, 52), ...steady(8, 53)]));
    t.same(told(mild.events).slice(1), ['cleared heart_rate low medium 30']);
    t.equal(mild.state.live.size, 0);
  },
);

t.test('SpO2 below 80 alarms at once, high', async (t) => {
  t.same(told(engineRun().send(seconds('spo2', [97, 79]))), ['raised spo2 low high 1']);
});

t.test('a value on the threshold is no breach, and skin temperature never alarms', async (t) => {
  t.same(engineRun().send(seconds('spo2', steady(60, 90))), []);
  t.same(engineRun().send(seconds('skin_temp', steady(60, 24))), []);
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

t.test('an unassigned device raises one technical alarm and is not evaluated', async (t) => {
  const state = newSubjectState(null);
  const arrival = {
    device: DEVICE,
    samples: seconds('spo2', steady(30, 70)),
    received: 30_000,
    skew: 0,
    intervalMs: null,
  };
  const events = [
    ...evaluateArrival(state, arrival, NOBODYS_RULES),
    ...evaluateArrival(state, arrival, NOBODYS_RULES),
  ];
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

t.test(
  'limits: the narrowest scope wins per vital and direction, and an empty one switches off',
  async (t) => {
    const tier = DEFAULT_LIMITS.find((limit) => limit.vital === 'spo2' && limit.priority === 'medium')!;
    const change = {
      kind: 'value',
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
    const of = (...overrides: LimitOverride[]) =>
      effectiveLimits(DEFAULT_LIMITS, overrides, PATIENT, WARD).values;
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
