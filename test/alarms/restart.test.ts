import t from 'tap';
import { releaseDevice } from '../../src/alarms/engine.ts';
import { restore } from '../../src/alarms/restore.ts';
import { expectDevice, setConnected, sweepSilence } from '../../src/alarms/silence.ts';
import type { Alarm } from '../../src/model/alarm.ts';
import { deviceId } from '../../src/model/ids.ts';
import { DEVICE, type EngineRun, engineRun, seconds, steady, told } from '../support/engine-run.ts';

const nobodyRegistered = (): null => null;
const OTHER = deviceId('d-2');

/** A new process that knows only the live alarms, and that `devices` are worn. */
function restarted(before: EngineRun, now: number, devices = [DEVICE]): EngineRun {
  const after = engineRun();
  restore(after.state, structuredClone([...before.state.live.values()]) as Alarm[]);
  for (const device of devices) expectDevice(after.state, device, now);
  return after;
}

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

t.test('two devices held one alarm and only one is back inside after a restart', async (t) => {
  const before = engineRun();
  before.send(seconds('spo2', steady(16, 85)));
  before.send(seconds('spo2', steady(16, 86)), { device: OTHER });
  before.send(seconds('spo2', steady(10, 97), 16));
  t.same(told(before.events), ['raised spo2 low medium 15'], 'the log names the first, which has let go');

  t.test('the other is in breach: it lives until that one is inside too', async (t) => {
    const after = restarted(before, 30_000, [DEVICE, OTHER]);
    after.send(seconds('spo2', [86], 30), { device: OTHER });
    after.send(seconds('spo2', steady(20, 97), 30));
    after.send(seconds('spo2', steady(15, 86), 31), { device: OTHER });
    t.same(after.events, []);
    after.send(seconds('spo2', steady(20, 97), 50), { device: OTHER });
    t.same(told(after.events), ['cleared spo2 low medium 55']);
  });
  t.test('the other was not heard yet: it lives', async (t) => {
    const after = restarted(before, 30_000, [DEVICE, OTHER]);
    after.send(seconds('spo2', steady(60, 97), 30));
    t.same(after.events, []);
    for (let s = 90; s < 99; s++) {
      after.send([{ t: s * 1_000, spo2: 97 }], { device: OTHER });
      after.send([{ t: s * 1_000, spo2: 97 }]);
    }
    t.same(
      told(after.events),
      ['cleared spo2 low medium 95'],
      'once the other has been inside for the delay',
    );
  });
  t.test('the other sends this vital with poor contact only: it lives', async (t) => {
    const after = restarted(before, 30_000, [DEVICE, OTHER]);
    for (let s = 30; s < 90; s++) {
      after.send([{ t: s * 1_000, spo2: 97, quality: 'motion' }], { device: OTHER });
      after.send([{ t: s * 1_000, spo2: 97 }]);
    }
    t.ok(after.state.live.has('spo2:low'));
  });
  t.test('the other measures something else: it clears once that is plain', async (t) => {
    const after = restarted(before, 30_000, [DEVICE, OTHER]);
    for (let s = 30; s < 60; s++) {
      after.send([{ t: s * 1_000, resp_rate: 14 }], { device: OTHER });
      after.send([{ t: s * 1_000, spo2: 97 }]);
    }
    t.same(told(after.events), ['cleared spo2 low medium 40']);
  });
  t.test('the one that is inside is taken off, then the one waited for: it ends', async (t) => {
    const after = restarted(before, 30_000, [DEVICE, OTHER]);
    after.send(seconds('spo2', steady(10, 97), 30));
    t.same(releaseDevice(after.state, DEVICE, 41_000), [], 'the other may hold it');
    t.same(told(releaseDevice(after.state, OTHER, 42_000)), ['cleared spo2 low medium 42']);
    t.equal(after.state.inherited.size, 0);
  });
});

t.test('a device that dies during a restart is missed', async (t) => {
  const before = engineRun();
  before.send(seconds('spo2', steady(20, 85)));
  const after = restarted(before, 30_000, [DEVICE, OTHER]);
  setConnected(after.state, OTHER, true, 31_000);
  t.same(sweepSilence(after.state, 39_999, nobodyRegistered, after.rules), []);
  const events = sweepSilence(after.state, 40_000, nobodyRegistered, after.rules);
  t.same(told(events), ['raised device_offline low 40', 'raised signal_lost low 40']);
  t.match(events, [{ alarm: { last_value_at: null } }, { alarm: { last_value_at: null } }]);
  after.send(seconds('spo2', [85], 50));
  t.same(told(after.events), ['cleared device_offline low 50']);
});

t.test(
  'a device that was registered to send seldom is not missed before three of its intervals',
  async (t) => {
    const after = restarted(engineRun(), 30_000);
    t.same(
      sweepSilence(after.state, 209_999, () => 60_000, after.rules),
      [],
    );
    t.same(told(sweepSilence(after.state, 210_000, () => 60_000, after.rules)), [
      'raised device_offline low 210',
    ]);
  },
);

t.test('vitals in frames of their own are not lost before their silence limit after a restart', async (t) => {
  const before = engineRun();
  before.send(seconds('spo2', steady(20, 85)));
  const after = restarted(before, 100_000);
  after.send([{ t: 100_000, heart_rate: 70 }]);
  after.send([{ t: 101_000, spo2: 85 }]);
  t.same(after.events, []);

  const lost = restarted(before, 100_000);
  for (let s = 100; s < 115; s++) lost.send([{ t: s * 1_000, heart_rate: 70 + (s % 3) }]);
  t.same(told(lost.events), ['raised signal_lost low 110'], 'and lost when it stays away');
});

t.test('samples that come again after a restart, from before the alarm began, do not end it', async (t) => {
  const before = engineRun();
  before.send(seconds('spo2', [...steady(40, 97), ...steady(20, 85)]));
  t.same(told(before.events), ['raised spo2 low medium 55']);
  const after = restarted(before, 62_000);
  t.same(after.send(seconds('spo2', [...steady(35, 97), ...steady(20, 85)], 5), { received: 62_000 }), []);
  t.same(told(after.send(seconds('spo2', steady(10, 97), 60))), ['cleared spo2 low medium 65']);
  t.test('nor does a clear delay that began before it count', async (t) => {
    const again = restarted(before, 62_000);
    const events = again.send(seconds('spo2', steady(10, 97), 50), { received: 62_000 });
    t.same(events, [], 'from 50 s on, but the alarm is of 55 s');
    t.same(told(again.send(seconds('spo2', steady(3, 97), 60))), ['cleared spo2 low medium 60']);
  });
});
