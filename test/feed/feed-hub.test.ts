import t from 'tap';
import type { DeviceCommand } from '../../src/model/device-command.ts';
import { clinicianId, deviceId, patientId } from '../../src/model/ids.ts';
import { raised } from '../support/alarms.ts';
import { A1, A2, B1, feedWorld, NURSE, WARD_A, WARD_B } from '../support/feed-world.ts';
import { counted } from '../support/ingest-world.ts';

const OTHER = clinicianId('other');

t.test('at most one vitals frame per patient per second, with the newest of every vital', async (t) => {
  const { join, vitals, clock } = await feedWorld(t);
  const viewer = join();
  viewer.send({ type: 'subscribe' });
  for (let second = 0; second < 3; second++) {
    for (let tenth = 0; tenth < 10; tenth++) {
      vitals(A1, { heart_rate: 70 + second, spo2: 90 + tenth });
      if (second === 1) vitals(A2, { heart_rate: 60 });
      clock.advance(100);
    }
  }
  t.same(
    viewer.of('vitals').map(({ patient, values }) => [patient, values.heart_rate?.value, values.spo2?.value]),
    [
      [A1, 70, 99],
      [A1, 71, 99],
      [A2, 60, undefined],
      [A1, 72, 99],
    ],
  );
  clock.advance(10_000);
  t.equal(viewer.of('vitals').length, 4, 'and none when nothing is new');
});

t.test('a frame is made once and sent to all', async (t) => {
  const { join, bus } = await feedWorld(t);
  const viewers = [join(), join(), join()];
  for (const viewer of viewers) viewer.send({ type: 'subscribe' });
  bus.publishAlarm(raised(1, { patient: A1 }));
  const last = viewers.map(({ transport }) => transport.sent.at(-1));
  t.ok(typeof last[0] === 'string' && last.every((frame) => frame === last[0]));
});

t.test('a patient who comes to a watched ward is told with name and label, within a second', async (t) => {
  const { join, registry, clock } = await feedWorld(t);
  const [ward, others] = [join(), join()];
  ward.send({ type: 'subscribe', ward: WARD_A });
  others.send({ type: 'subscribe', patients: [A1] });
  ward.transport.sent.length = 0;
  others.transport.sent.length = 0;
  await registry.addPatient({ id: patientId('new'), ward: WARD_A, label: 'Bed 9', news2: 'scale_1' });
  clock.advance(1_000);
  t.match(JSON.parse(String(ward.transport.sent[0])), { type: 'snapshot' });
  t.match(String(ward.transport.sent[0]), 'Bed 9');
  t.same(others.transport.sent, [], 'who does not watch the ward is not told');
});

t.test('a clinician whose scope widens is told what already goes on there', async (t) => {
  const { join, bus, registry, clock } = await feedWorld(t);
  bus.publishAlarm(raised(1, { patient: B1 }));
  const nurse = join();
  nurse.send({ type: 'subscribe' });
  nurse.transport.sent.length = 0;
  const person = registry.clinician(NURSE);
  t.ok(person);
  if (!person) return;
  await registry.putClinician({ ...person, patients: [...person.patients, B1] });
  clock.advance(1_000);
  const snapshot = JSON.parse(String(nurse.transport.sent[0]));
  t.equal(snapshot.type, 'snapshot');
  t.match(
    snapshot.patients.find(({ patient }: { patient: string }) => patient === B1),
    { alarms: [{ onset: 1 }] },
  );
});

t.test('a device that comes back is told again what is watched', async (t) => {
  const { join, bus } = await feedWorld(t);
  const commands: [string, unknown][] = [];
  join().send({ type: 'waveforms', patient: A1, signals: ['ppg'] });
  bus.subscribe({ command: ({ name, args }: DeviceCommand) => commands.push([name, args.signals]) });
  const presence = { device: deviceId(`watch-${A1}`), patient: A1, at: 1, battery_percent: null } as const;
  bus.publishPresence({ ...presence, presence: 'on' });
  t.same(commands.splice(0), [['start_waveform', ['ppg']]]);
  bus.publishPresence({ ...presence, presence: 'silent' });
  bus.publishPresence({ ...presence, presence: 'on' });
  t.same(commands, [], 'it was here all the time');
  bus.publishPresence({ ...presence, presence: 'off' });
  bus.publishPresence({ ...presence, presence: 'on' });
  t.same(commands, [['start_waveform', ['ppg']]]);
});

t.test('the first watcher of a trace starts it, the last one stops it', async (t) => {
  const { join, bus } = await feedWorld(t);
  const commands: [string, unknown][] = [];
  bus.subscribe({ command: ({ name, args }: DeviceCommand) => commands.push([name, args.signals]) });
  const [one, two] = [join(), join()];
  one.send({ type: 'waveforms', patient: A1, signals: ['ppg', 'ecg_ii'] });
  t.same(commands.splice(0), [['start_waveform', ['ppg', 'ecg_ii']]]);
  two.send({ type: 'waveforms', patient: A1, signals: ['ppg', 'resp'] });
  t.same(commands.splice(0), [['start_waveform', ['resp']]]);
  two.send({ type: 'waveforms', patient: A1, signals: ['ppg', 'resp'] });
  t.same(commands.splice(0), [], 'the same again changes nothing');
  one.send({ type: 'waveforms', patient: A1, signals: ['ecg_ii'] });
  t.same(commands.splice(0), [], 'somebody else still watches');
  two.send({ type: 'waveforms', patient: A1, signals: [] });
  t.same(commands.splice(0), [['stop_waveform', ['ppg', 'resp']]]);
  one.leave();
  t.same(commands.splice(0), [['stop_waveform', ['ecg_ii']]], 'leaving is to stop watching');
  one.leave();
  t.same(commands, [], 'once');
});

t.test('who left, or was closed, is sent nothing more', async (t) => {
  const { join, bus, feed, clock, vitals, metrics } = await feedWorld(t);
  const [left, closed] = [join(), join()];
  for (const viewer of [left, closed]) viewer.send({ type: 'subscribe' });
  left.leave();
  closed.session.close(4408, 'heartbeat lost');
  t.equal(feed.connected, 1, 'until its socket is gone');
  const before = [left, closed].map(({ transport }) => transport.sent.length);
  bus.publishAlarm(raised(1, { patient: A1 }));
  vitals(A1);
  clock.advance(1_000);
  t.same(
    [left, closed].map(({ transport }) => transport.sent.length),
    before,
  );
  t.equal(await counted(metrics, 'vitalwire_feed_alarm_frames_total'), 0, 'nor is it counted');
  closed.leave(4408);
  t.equal(feed.connected, 0);
  t.equal(await counted(metrics, 'vitalwire_feed_sessions'), 0);
  t.equal(await counted(metrics, 'vitalwire_feed_closes_total{code="4408"}'), 1);
});

t.test('a restart ends every session with 1012 and leaves no timer behind', async (t) => {
  const { join, feed, clock } = await feedWorld(t);
  const viewer = join();
  feed[Symbol.dispose]();
  t.match(viewer.transport.closed, { code: 1012 });
  t.equal(clock.pending, 0);
});

t.test('a session that fails is ended with 1011, and takes nobody else’s alarm with it', async (t) => {
  const { join, bus } = await feedWorld(t);
  const [failing, other] = [join(), join()];
  for (const viewer of [failing, other]) viewer.send({ type: 'subscribe' });
  failing.transport.send = () => {
    throw new Error('out of memory');
  };
  bus.publishAlarm(raised(1, { patient: A1 }));
  t.equal(other.of('alarm').length, 1);
  t.match(failing.transport.closed, { code: 1011 });
});

t.test('a patient who moves leaves the screens of one ward and comes to those of the other', async (t) => {
  const { join, bus, registry, clock, vitals } = await feedWorld(t);
  await registry.putClinician({
    ...{ id: OTHER, role: 'clinician', wards: [WARD_B], patients: [], active: true },
  });
  bus.publishAlarm(raised(1, { patient: A1 }));
  const [here, there, named] = [join(NURSE), join(OTHER), join(NURSE)];
  here.send({ type: 'subscribe', ward: WARD_A });
  here.send({ type: 'waveforms', patient: A1, signals: ['ppg'] });
  there.send({ type: 'subscribe' });
  named.send({ type: 'subscribe', patients: [A2] });
  const viewers = [here, there, named];
  for (const { transport } of viewers) transport.sent.length = 0;
  const commands: DeviceCommand[] = [];
  bus.subscribe({ command: (command) => commands.push(command) });

  await registry.changePatient(A1, { ward: WARD_B });
  vitals(A1);
  clock.advance(1_000);
  const shown = viewers.map((viewer) =>
    viewer.of('snapshot').map(({ patients }) => patients.map(({ patient }) => patient)),
  );
  t.same(shown, [[[A2]], [[A1, B1]], []]);
  t.match(there.of('snapshot')[0]?.patients[0], { ward: WARD_B, alarms: [{ patient: A1 }] });
  t.equal(there.of('snapshot')[0]?.addressed.length, 1, 'and it is for them to respond');
  t.same(
    viewers.map((viewer) => viewer.of('vitals').length),
    [0, 1, 0],
    'what comes after is not sent to the former ward',
  );
  t.match(commands, [{ name: 'stop_waveform', device: 'watch-A1', args: { signals: ['ppg'] } }]);

  for (const { transport } of viewers) transport.sent.length = 0;
  await registry.changePatient(A1, { ward: WARD_A });
  await registry.changePatient(A1, { label: 'Bed 12' });
  clock.advance(1_000);
  t.match(here.of('snapshot'), [{ patients: [{ patient: A1, label: 'Bed 12' }, { patient: A2 }] }]);
  t.match(there.of('snapshot'), [{ patients: [{ patient: B1 }] }], 'each is told once');
});
