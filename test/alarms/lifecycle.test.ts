import t from 'tap';
import { evaluateArrival } from '../../src/alarms/engine.ts';
import { acknowledge } from '../../src/alarms/response.ts';
import { restore } from '../../src/alarms/restore.ts';
import { sweepSilence } from '../../src/alarms/silence.ts';
import { ALARM_EVENTS, type Alarm, type AlarmEvent, PRESENCES } from '../../src/model/alarm.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { LifecycleCheck, TRANSITIONS } from '../support/alarm-lifecycle.ts';
import { DEVICE, type EngineRun, engineRun, seconds, steady, told } from '../support/engine-run.ts';

const NURSE = clinicianId('nurse-1');
const OTHER_NURSE = clinicianId('nurse-2');
const nobodyRegistered = (): null => null;

function only(run: EngineRun): Alarm {
  const [alarm, ...others] = run.state.live.values();
  if (!alarm || others.length > 0) throw new Error(`${run.state.live.size} alarms live`);
  return alarm;
}

/** Heart rate 160 for 5 s from `fromS`: high at once by 3 s; then 70 for `calm` seconds. */
function spell(run: EngineRun, fromS: number, calm = 10): AlarmEvent[] {
  return run.send(seconds('heart_rate', [...steady(5, 160), ...steady(calm, 70)], fromS));
}

t.test('the table speaks of every event and every presence', async (t) => {
  t.same(Object.keys(TRANSITIONS).sort(), [...ALARM_EVENTS].sort());
  const named = new Set(Object.values(TRANSITIONS).flatMap((steps) => steps.flat()));
  t.same([...named].filter((one) => one !== 'none').sort(), [...PRESENCES].sort());
});

t.test('what the table does not allow is noticed', async (t) => {
  const run = engineRun();
  const [raised, latched] = spell(run, 0);
  t.match([raised, latched], [{ event: 'raised' }, { event: 'latched' }]);
  const check = new LifecycleCheck();
  t.throws(() => check.take(latched!), /from none to latched/);
  check.take(raised!);
  t.throws(() => check.take(raised!), /from on to on/);
  const twin = { ...raised!, alarm: { ...raised!.alarm, id: `${raised!.alarm.id}1` as Alarm['id'] } };
  t.throws(() => check.take(twin), /live at once/);
});

t.test('latching', async (t) => {
  t.test('a high-priority alarm that nobody has seen stays when its condition goes', async (t) => {
    const run = engineRun();
    t.same(told(spell(run, 0)), ['raised heart_rate high high 3', 'latched heart_rate high high 10']);
    t.match(only(run), { presence: 'latched', ended: 10_000, cleared: null, acknowledged_by: null });
    t.same(spell(run, 20, 0).length, 1);
  });
  t.test('a medium one goes by itself', async (t) => {
    const run = engineRun();
    run.send(seconds('heart_rate', [...steady(12, 125), ...steady(10, 70)]));
    t.same(told(run.events), ['raised heart_rate high medium 10', 'cleared heart_rate high medium 17']);
    t.match(run.events[1]?.alarm, { presence: 'off', ended: 17_000, cleared: 17_000 });
  });
  t.test('a high one that was seen goes by itself', async (t) => {
    const run = engineRun();
    run.send(seconds('heart_rate', steady(5, 160)));
    acknowledge(run.state, only(run).id, NURSE, 5_000);
    t.same(told(run.send(seconds('heart_rate', steady(10, 70), 5))), ['cleared heart_rate high high 10']);
  });
  t.test('one that was seen when it was milder latches: its worsening was not', async (t) => {
    const run = engineRun();
    run.send(seconds('heart_rate', steady(12, 125)));
    acknowledge(run.state, only(run).id, NURSE, 12_000);
    t.same(told(spell(run, 12)), [
      'priority_raised heart_rate high high 15',
      'latched heart_rate high high 22',
    ]);
  });
  t.test('acknowledging a latched one ends it, once', async (t) => {
    const run = engineRun();
    spell(run, 0);
    const { id } = only(run);
    t.match(acknowledge(run.state, id, NURSE, 60_000), {
      event: 'acknowledged',
      at: 60_000,
      alarm: {
        presence: 'off',
        ended: 10_000,
        cleared: 60_000,
        acknowledged_by: NURSE,
        acknowledged_at: 60_000,
      },
    });
    t.equal(run.state.live.size, 0);
    t.equal(acknowledge(run.state, id, OTHER_NURSE, 61_000), null);
    const [anew] = spell(run, 70, 0);
    t.match(anew, { event: 'raised', alarm: { first_acknowledged_at: null } });
    t.not(anew?.alarm.id, id, 'the next one is another');
  });
  t.test('a technical alarm never latches', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(3, 97)));
    sweepSilence(run.state, 15_000, nobodyRegistered, run.rules);
    t.equal(run.state.live.size, 1);
    t.same(told(run.send(seconds('spo2', [97], 16))), ['cleared device_offline low 16']);
  });
});

t.test('recurrence of a latched one', async (t) => {
  t.test('is the same alarm, of the priority it had, even when the condition is milder', async (t) => {
    const run = engineRun();
    spell(run, 0);
    const { id } = only(run);
    const events = run.send(seconds('heart_rate', [...steady(12, 125), ...steady(10, 70)], 20));
    t.same(told(events), ['recurred heart_rate high high 30', 'latched heart_rate high high 37']);
    t.match(events[0]?.alarm, {
      id,
      presence: 'on',
      ended: null,
      priority: 'high',
      value: 160,
      threshold: 150,
    });
    t.match(events[1]?.alarm, { id, ended: 37_000 });
  });
  t.test('takes the newer value when it is as severe', async (t) => {
    const run = engineRun();
    spell(run, 0);
    t.match(run.send(seconds('heart_rate', steady(5, 170), 20)), [
      { event: 'recurred', alarm: { value: 170, breached_since: 20_000, onset: 3_000 } },
    ]);
  });
  t.test('by another device', async (t) => {
    const run = engineRun();
    spell(run, 0);
    const other = 'd-2' as typeof DEVICE;
    t.match(run.send(seconds('heart_rate', steady(5, 160), 20), { device: other }), [
      { event: 'recurred', alarm: { device: other } },
    ]);
  });
  t.test('after a restart from the log', async (t) => {
    const before = engineRun();
    spell(before, 0);
    const after = engineRun();
    restore(after.state, structuredClone([...before.state.live.values()]));
    t.match(only(after), { presence: 'latched' });
    t.same(after.send(seconds('heart_rate', steady(20, 70), 60)), [], 'nothing to end');
    t.same(told(spell(after, 80, 0)), ['recurred heart_rate high high 83']);
  });
});

t.test('a worsening of an acknowledged alarm calls anew', async (t) => {
  const run = engineRun();
  run.send(seconds('heart_rate', steady(12, 125)));
  acknowledge(run.state, only(run).id, NURSE, 12_000);
  t.same(run.send(seconds('heart_rate', steady(10, 130), 12)), [], 'more of the same does not');
  const [event] = run.send(seconds('heart_rate', steady(5, 160), 22), { received: 40_000 });
  t.match(event, {
    event: 'priority_raised',
    at: 25_000,
    alarm: {
      ...{ presence: 'on', priority: 'high', value: 160, threshold: 150, alerted_at: 40_000 },
      ...{ acknowledged_by: null, acknowledged_at: null, first_acknowledged_at: 12_000 },
    },
  });
});

t.test('a second acknowledgement changes nothing', async (t) => {
  const run = engineRun();
  run.send(seconds('heart_rate', steady(12, 125)));
  const { id } = only(run);
  acknowledge(run.state, id, NURSE, 12_000);
  t.equal(acknowledge(run.state, id, OTHER_NURSE, 13_000), null);
  t.match(only(run), { acknowledged_by: NURSE, acknowledged_at: 12_000, received_at: 12_000 });
  t.equal(acknowledge(run.state, 'no-such' as Alarm['id'], NURSE, 13_000), null);
});

t.test('a frozen value survives a restart: neither cleared nor raised again', async (t) => {
  const before = engineRun();
  before.send(seconds('heart_rate', steady(310, 72)), { received: 60_000 });
  t.same(told(before.events), ['raised frozen_value low 300']);
  const after = engineRun();
  restore(after.state, structuredClone([...before.state.live.values()]));
  t.same(after.send(seconds('heart_rate', steady(30, 72), 320)), []);
  t.match(only(after), { condition: 'frozen_value', onset: 300_000 });
  t.same(told(after.send(seconds('heart_rate', [73], 350))), ['cleared frozen_value low 350']);
});

t.test('a late episode that nothing came after is told to its end', async (t) => {
  const run = engineRun();
  run.send([{ t: 600_000, spo2: 97 }]);
  const begun = run.send(seconds('spo2', steady(30, 85), 100), { received: 600_000 });
  t.match(begun, [{ event: 'retrospective', alarm: { onset: 100_000, ended: 100_000 } }]);
  t.same(told(sweepSilence(run.state, 609_999, nobodyRegistered, run.rules)), []);
  const ended = sweepSilence(run.state, 610_000, nobodyRegistered, run.rules).filter(
    ({ event }) => event === 'retrospective',
  );
  t.match(ended, [
    { at: 129_000, alarm: { id: begun[0]?.alarm.id, onset: 100_000, ended: 129_000, cleared: 129_000 } },
  ]);
  t.match(ended, [{ alarm: { raised_at: 600_000 } }]);
  t.same(
    sweepSilence(run.state, 611_000, nobodyRegistered, run.rules).map(({ event }) => event),
    [],
    'once',
  );
});

t.test('one late breach by itself has no length, and is told once', async (t) => {
  const run = engineRun();
  run.send([{ t: 600_000, spo2: 97 }]);
  t.equal(run.send([{ t: 100_000, spo2: 85 }], { received: 600_000 }).length, 1);
  const events = sweepSilence(run.state, 620_000, nobodyRegistered, run.rules);
  t.same(told(events), ['raised device_offline low 620']);
});

t.test('silence that a sample from just before ends has no negative length', async (t) => {
  const run = engineRun();
  run.send([{ t: 0, spo2: 97 }]);
  sweepSilence(run.state, 10_000, nobodyRegistered, run.rules);
  const events = evaluateArrival(
    run.state,
    { device: DEVICE, samples: [{ t: 5_000, spo2: 97 }], received: 12_000, skew: 0, intervalMs: null },
    run.rules,
  );
  t.match(events, [
    { event: 'cleared', at: 10_000, alarm: { onset: 10_000, ended: 10_000, cleared: 10_000 } },
  ]);
});
