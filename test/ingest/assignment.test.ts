import t from 'tap';
import type { LiveVitals } from '../../src/bus/bus.ts';
import type { LoggedAlarmEvent } from '../../src/model/alarm.ts';
import { D1, D2, ingestWorld, P1, P2, patientsOf } from '../support/ingest-world.ts';

t.test('a device that changes hands within a frame: each sample goes to who wore it then', async (t) => {
  const { connect, clock, registry, bus, storedFrames } = await ingestWorld(t);
  const live: LiveVitals[] = [];
  bus.subscribe({ vitals: (vitals) => live.push(vitals) });
  const t0 = clock.now();
  clock.advance(10_000);
  await registry.assign(D1, null, t0 + 3_000);
  await registry.assign(D1, P2, t0 + 5_000);
  const peer = connect();
  await peer.hello();
  const at = (offset: number) => ({ t: t0 + offset, heart_rate: 70 + offset / 1_000 });
  peer.vitals(1, at(2_999), at(3_000), at(6_000), at(4_999), at(5_000), at(1_000));
  const [frame] = await storedFrames();
  t.same(frame?.kind === 'vitals' && frame.parts, [
    { patient: P1, samples: [at(2_999), at(1_000)] },
    { patient: null, samples: [at(3_000), at(4_999)] },
    { patient: P2, samples: [at(6_000), at(5_000)] },
  ]);
  t.same(
    live.map(({ patient, samples }) => [patient, samples.length]),
    [
      [P1, 2],
      [P2, 2],
    ],
    'and nobody hears what nobody wore',
  );
});

t.test('a back-log that arrives after the device changed hands stays with who wore it', async (t) => {
  const { connect, clock, registry, storedFrames } = await ingestWorld(t);
  const worn = clock.now();
  clock.advance(3_600_000);
  await registry.assign(D1, P2, clock.now());
  const peer = connect();
  await peer.hello();
  peer.vitals(1, { t: worn, heart_rate: 70 });
  peer.vitals(2, { t: clock.now(), heart_rate: 70 });
  const frames = await storedFrames();
  t.same(frames.map(patientsOf), [[P1], [P2]]);
});

t.test('a waveform belongs to who wore the device when it began', async (t) => {
  const { connect, clock, registry, bus, storedFrames } = await ingestWorld(t);
  const heard: string[] = [];
  bus.subscribe({ waveform: ({ patient }) => heard.push(patient) });
  const t0 = clock.now();
  clock.advance(2_000);
  await registry.assign(D1, P2, clock.now());
  const wave = { type: 'waveform', signal: 'ppg', rate_hz: 25, values: [1] } as const;
  const [worn, loose] = [connect(D1), connect(D2)];
  await worn.hello();
  await loose.hello();
  worn.send({ ...wave, seq: 1, t: t0 });
  worn.send({ ...wave, seq: 2, t: clock.now() });
  loose.send({ ...wave, seq: 1, t: clock.now() });
  const frames = await storedFrames();
  t.match(frames, [{ patient: P1 }, { patient: P2 }, { patient: null }]);
  t.same(heard, [P1, P2]);
});

t.test(
  'samples of a device that nobody wears are kept under the device and raise one technical alarm',
  async (t) => {
    const { connect, clock, bus, registry, stored } = await ingestWorld(t);
    const events: LoggedAlarmEvent[] = [];
    const live: LiveVitals[] = [];
    bus.subscribe({ alarm: (event) => events.push(event), vitals: (vitals) => live.push(vitals) });
    const peer = connect(D2);
    await peer.hello();
    for (let seq = 1; seq <= 3; seq++) {
      peer.vitals(seq);
      clock.advance(1_000);
    }
    t.match(events, [
      { event: 'raised', alarm: { condition: 'unassigned_device', patient: null, device: D2 } },
    ]);
    t.equal(events.length, 1);
    t.same(live, []);
    await registry.assign(D2, P2, clock.now());
    peer.vitals(4);
    t.match(events.at(-1), { event: 'cleared', alarm: { condition: 'unassigned_device' } });
    const records = await stored();
    const frames = records.filter((record) => record.kind === 'vitals');
    t.same(frames.map(patientsOf), [[null], [null], [null], [P2]]);
    t.same(
      records.flatMap((record) => (record.kind === 'alarm' ? [record.event.event] : [])),
      ['raised', 'cleared'],
      'and the journal has the alarm events too',
    );
  },
);

t.test('an impossible value raises a technical alarm of the wearer at that time', async (t) => {
  const { connect, clock, bus } = await ingestWorld(t);
  const events: LoggedAlarmEvent[] = [];
  bus.subscribe({ alarm: (event) => events.push(event) });
  const peer = connect();
  await peer.hello();
  for (let seq = 1; seq <= 30; seq++) {
    peer.vitals(seq, { t: clock.now(), spo2: 140 });
    clock.advance(1_000);
  }
  t.match(
    events.filter(({ alarm }) => alarm.kind === 'technical' && alarm.condition === 'impossible_value'),
    [{ event: 'raised', alarm: { patient: P1, device: D1, vital: 'spo2' } }],
  );
});

t.test('a breach is relayed in the turn in which it comes, before the disk has it', async (t) => {
  const { connect, clock, bus, journal } = await ingestWorld(t);
  const events: LoggedAlarmEvent[] = [];
  bus.subscribe({ alarm: (event) => events.push(event) });
  const peer = connect();
  await peer.hello();
  peer.vitals(1, { t: clock.now(), spo2: 79 });
  t.match(events, [{ event: 'raised', alarm: { patient: P1, vital: 'spo2', priority: 'high' } }]);
  t.equal(journal.stats().position, 0);
});

t.test('a device whose clock is off is worn by who wears it, not by who wore it by its clock', async (t) => {
  const { connect, clock, registry, bus, storedFrames } = await ingestWorld(t);
  const alarms: LoggedAlarmEvent[] = [];
  bus.subscribe({ alarm: (event) => void alarms.push(event) });
  await registry.assign(D1, P2, clock.now());
  for (const [i, offMs] of [-6 * 3_600_000, 6 * 3_600_000].entries()) {
    const peer = connect();
    await peer.hello({ time: clock.now() + offMs });
    clock.advance(1_000);
    peer.vitals(3 * i + 1, { t: clock.now() + offMs, spo2: 70 });
    peer.send({
      ...{ type: 'waveform', seq: 3 * i + 2, t: clock.now() + offMs },
      ...{ signal: 'ppg', rate_hz: 25, values: [1] },
    });
    peer.vitals(3 * i + 3, { t: clock.now() + offMs, heart_rate: 900 });
  }
  const frames = await storedFrames();
  t.same(
    frames.flatMap((frame) => (frame.kind === 'waveform' ? [frame.patient] : patientsOf(frame))),
    [P2, P2, P2, P2],
  );
  t.same(
    alarms.map(({ event, alarm }) => [event, alarm.patient]),
    [
      ['raised', P2],
      ['raised', P2],
    ],
    'and so are its alarms: of the value, and of the one that is impossible',
  );
});
