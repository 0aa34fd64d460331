import t from 'tap';
import { reportImpossible } from '../../src/alarms/engine.ts';
import { DEVICE, engineRun, seconds, steady, told } from '../support/engine-run.ts';

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
    t.equal(
      reportImpossible(run.state, 'spo2', 1_000, { device: DEVICE, received: 90_000, skew: 0 }, run.rules),
      null,
    );
  });
  t.test('a device whose clock is behind is not late', async (t) => {
    const run = engineRun();
    t.same(told(run.send(seconds('spo2', steady(30, 85), 0), { received: 3_630_000, skew: -3_600_000 })), [
      'raised spo2 low medium 15',
    ]);
  });
});

t.test('a vital known only from late samples is not missed', async (t) => {
  const run = engineRun();
  run.send([{ t: 0, body_temp: 36.6 }], { received: 600_000 });
  run.send([{ t: 600_000, heart_rate: 70 }]);
  t.same(run.events, []);
  run.send([{ t: 601_000, body_temp: 36.6 }]);
  for (let s = 601; s < 800; s++) run.send([{ t: s * 1_000, heart_rate: 70 + (s % 3) }]);
  t.same(told(run.events), ['raised signal_lost low 781'], 'until it came in time');
});
