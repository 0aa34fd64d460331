import fc from 'fast-check';
import t from 'tap';
import { CONSCIOUSNESS_LEVELS } from '../../src/model/news2.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import { feedCommandReader, feedFrameReader } from '../../src/protocol/feed-codec.ts';
import { MAX_PATIENTS_PER_SUBSCRIBE } from '../../src/protocol/limits.ts';
import { anAlarm } from '../support/alarms.ts';

const command = feedCommandReader();
const frame = feedFrameReader();
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const patients = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i}`);

t.test('every command a client may send is read as it was written', async (t) => {
  const id = fc.string({ minLength: 1, maxLength: 64 });
  const commands = fc.oneof(
    fc.record(
      {
        type: fc.constant('subscribe'),
        id,
        patients: fc.array(name, { minLength: 1, maxLength: 5 }),
        ward: name,
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('subscribe'), since: fc.nat().map(String) }),
    fc.record({ type: fc.constant('unsubscribe'), id }),
    fc.record({ type: fc.constant('received'), cursor: fc.nat().map(String) }),
    fc.record({ type: fc.constant('acknowledge'), alarm: fc.string({ minLength: 1, maxLength: 256 }) }),
    fc.record({
      type: fc.constant('waveforms'),
      patient: name,
      signals: fc.subarray(['ecg_ii', 'ppg', 'acc_x']),
    }),
    fc.record({
      type: fc.constant('observe'),
      patient: name,
      values: fc.dictionary(
        fc.constantFrom(...VITAL_NAMES),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      consciousness: fc.constantFrom(...CONSCIOUSNESS_LEVELS),
    }),
    fc.record({ type: fc.constant('refresh'), token: id }),
  );
  fc.assert(
    fc.property(commands, (sent) => {
      const read = command(JSON.stringify(sent));
      t.ok(read.ok);
      if (read.ok) t.same(read.frame, JSON.parse(JSON.stringify(sent)));
    }),
    { numRuns: 200 },
  );
});

t.test('commands past a limit are refused with the name of the field', async (t) => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ type: 'subscribe', patients: [] }, 'subscribe.patients'],
    [{ type: 'subscribe', patients: patients(MAX_PATIENTS_PER_SUBSCRIBE + 1) }, 'subscribe.patients'],
    [{ type: 'subscribe', patients: ['../p1'] }, 'subscribe.patients.0'],
    [{ type: 'subscribe', ward: '' }, 'subscribe.ward'],
    [{ type: 'subscribe', since: '' }, 'subscribe.since'],
    [{ type: 'subscribe', since: 7 }, 'subscribe.since'],
    [{ type: 'received' }, 'received'],
    [{ type: 'received', cursor: '1'.repeat(33) }, 'received.cursor'],
    [{ type: 'acknowledge', alarm: 'a'.repeat(257) }, 'acknowledge.alarm'],
    [{ type: 'waveforms', patient: 'p', signals: ['ekg'] }, 'waveforms.signals.0'],
    [{ type: 'waveforms', patient: 'p' }, 'waveforms'],
    [{ type: 'observe', patient: 'p', values: { spo2: '97' } }, 'observe.values.spo2'],
    [{ type: 'observe', patient: 'p', consciousness: 'a'.repeat(257) }, 'observe.consciousness'],
    [{ type: 'observe', oxygen: 'air' }, 'observe'],
    [{ type: 'refresh', token: '' }, 'refresh.token'],
    [{ type: 'snapshot' }, 'unknown type: known are subscribe, '],
  ];
  t.match(command(JSON.stringify({ type: 'subscribe', patients: patients(MAX_PATIENTS_PER_SUBSCRIBE) })), {
    ok: true,
  });
  for (const [sent, problem] of wrong) {
    const read = command(JSON.stringify(sent));
    t.ok(!read.ok && read.problem.startsWith(problem), `${problem}: ${read.ok || read.problem}`);
  }
});

t.test('any text is read or refused, never thrown at', async (t) => {
  let refused = 0;
  const count = (text: string): boolean => {
    const [asCommand, asFrame] = [command(text), frame(text)];
    if (!asCommand.ok && !asFrame.ok) refused++;
    return true;
  };
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), count), { numRuns: 2_000 });
  t.equal(refused, 2_000);
});

t.test('frames of the feed are read as they were written', async (t) => {
  const alarm = anAlarm(20_000);
  const shelf = {
    ...{ id: 's1', vital: 'spo2', direction: 'low', by: 'charge', reason: 'the mask is changed' },
    ...{ from: 5, until: 9 },
  };
  const news2 = {
    ...{ kind: 'partial', scale: 2, lacks: ['oxygen'] },
    inputs: [{ parameter: 'spo2', value: 95, points: null, measured: 4, age_ms: 5 }],
  };
  const observation = {
    ...{ id: 'o', patient: 'p1', by: 'n1', t: 3, entered: 4 },
    ...{ values: { body_temp: 38.2 }, oxygen: null, consciousness: 'confused' },
  };
  const missed = { alarm: alarm.id, patient: 'p1', ward: 'w', priority: 'high', since: 20_000 };
  const frames = [
    { type: 'snapshot', time: 1, cursor: '0', patients: [], unassigned: [], escalated: [], addressed: [] },
    {
      type: 'snapshot',
      time: 9,
      cursor: '4294967297',
      unassigned: [],
      escalated: [{ ...alarm, ward: 'w' }],
      addressed: [alarm.id],
      unattended: [{ alarm: alarm.id, patient: 'p1', ward: null, priority: 'high', since: 3 }],
      patients: [
        {
          patient: 'p1',
          ward: 'w',
          label: 'Bed 1',
          values: {
            spo2: { value: null, t: 1, age_ms: 60_000 },
            heart_rate: { value: 72, t: 1, age_ms: 1, quality: 'motion' },
          },
          devices: [{ device: 'd1', presence: 'silent', since: 1, battery_percent: null }],
          alarms: [alarm],
          access: [{ clinician: 'n1', reason: 'resuscitation', from: 5, until: 9 }],
          shelves: [shelf],
          news2,
        },
      ],
    },
    { type: 'vitals', patient: 'p1', time: 1, values: { spo2: { value: 97, t: 1 } } },
    { type: 'waveform', patient: 'p1', device: 'd1', signal: 'ppg', t: 1, rate_hz: 25, values: [1, 2] },
    { type: 'alarm', cursor: '7', event: 'raised', at: 20_000, addressed: true, ward: null, alarm },
    { type: 'shelf', patient: 'p1', ...shelf, ended: true },
    { type: 'unattended', cursor: '8', at: 30_000, ...missed, over: false },
    { type: 'observation', ...observation },
    { type: 'news2', patient: 'p1', at: 5, news2: { kind: 'off' } },
    { type: 'access', patient: 'p1', clinician: 'n1', reason: 'resuscitation', from: 5, until: 9 },
    { type: 'presence', patient: null, device: 'd1', presence: 'off', at: 1, battery_percent: 7 },
    { type: 'result', command: 'subscribe', ok: true },
    { type: 'result', id: 'r', command: 'subscribe', ok: false, code: 'patient_forbidden', message: 'no' },
    { type: 'service', time: 9, recording: 'stopped', reason: 'disk_full', since: 8, alarm_log: 'ok' },
    { type: 'service', time: 9, recording: 'ok', reason: null, since: 8, alarm_log: 'failed' },
    { type: 'heartbeat', time: 1, cursor: '7' },
    { type: 'gap', oldest: '3' },
  ];
  for (const sent of frames) t.same(frame(JSON.stringify(sent)), { ok: true, frame: sent }, sent.type);
});
