import t from 'tap';
import { expectDevice, setConnected, sweepSilence } from '../../src/alarms/silence.ts';
import type { AlarmEvent } from '../../src/model/alarm.ts';
import { deviceId } from '../../src/model/ids.ts';
import { DEVICE, engineRun, seconds, steady, told } from '../support/engine-run.ts';

const OTHER = deviceId('d-2');
const nobodyRegistered = (): null => null;

t.test('missing data', async (t) => {
  t.test(
    'silence by server time: signal_lost with a socket, device_offline without, neither touches a live alarm',
    async (t) => {
      const run = engineRun();
      setConnected(run.state, DEVICE, true, 0);
      run.send(seconds('spo2', steady(20, 85)));
      t.same(sweepSilence(run.state, 28_999, nobodyRegistered, run.rules), []);
      t.same(told(sweepSilence(run.state, 29_000, nobodyRegistered, run.rules)), [
        'raised signal_lost low 29',
      ]);
      t.same(sweepSilence(run.state, 30_000, nobodyRegistered, run.rules), [], 'told once');
      t.same(told([setConnected(run.state, DEVICE, false, 31_000)].filter((e) => e !== null)), [
        'cleared signal_lost low 31',
      ]);
      t.same(told(sweepSilence(run.state, 32_000, nobodyRegistered, run.rules)), [
        'raised device_offline low 32',
      ]);
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
  t.test('a vital whose last sample is dated a day ahead is missed in its turn', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(5, 97)));
    run.send([{ t: 86_400_000, spo2: 97 }], { received: 5_000 });
    for (let s = 6; s < 120; s++) run.send([{ t: s * 1_000, heart_rate: 70 + (s % 3) }]);
    t.ok(
      told(run.events).some((one) => one.startsWith('raised signal_lost low')),
      'within two minutes',
    );
  });
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
      const swept = sweepSilence(run.state, minute * 50_000 + 95_000, nobodyRegistered, run.rules);
      if (minute > 4) t.same(swept, []);
    }
  });
  t.test('late data is not the present: a device that sends nothing else is missed', async (t) => {
    const run = engineRun();
    setConnected(run.state, DEVICE, true, 0);
    run.send(seconds('spo2', steady(20, 97)));
    for (let s = 20; s < 30; s++) run.send([{ t: (s - 600) * 1_000, spo2: 70 }], { received: s * 1_000 });
    t.same(
      told(sweepSilence(run.state, 30_000, nobodyRegistered, run.rules)),
      ['raised signal_lost low 30'],
      'a back-log that comes in hides nothing',
    );
    t.same(told(run.send([{ t: 31_000, spo2: 97 }])), ['cleared signal_lost low 31']);
  });
  t.test('nor is a device heard that never sent anything but late data', async (t) => {
    const run = engineRun();
    setConnected(run.state, DEVICE, true, 0);
    for (let s = 0; s < 11; s++) run.send([{ t: s * 1_000, spo2: 70 }], { received: (s + 600) * 1_000 });
    t.same(told(sweepSilence(run.state, 609_999, nobodyRegistered, run.rules)), []);
    t.same(told(sweepSilence(run.state, 610_000, nobodyRegistered, run.rules)), [
      'raised signal_lost low 610',
    ]);
  });
  t.test('a server clock that is set back does not hide a silence', async (t) => {
    const run = engineRun();
    run.send(seconds('spo2', steady(20, 97), 3_600));
    expectDevice(run.state, OTHER, 3_650_000);
    const missed: AlarmEvent[] = [];
    for (let s = 20; s <= 30; s++)
      missed.push(...sweepSilence(run.state, s * 1_000, nobodyRegistered, run.rules));
    t.same(told(missed), ['raised device_offline low 30', 'raised device_offline low 30']);
  });
});
