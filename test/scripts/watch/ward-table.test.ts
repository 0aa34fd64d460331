import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { WardState } from '../../../scripts/watch/ward-state.ts';
import { wardTable } from '../../../scripts/watch/ward-table.ts';
import type { Alarm } from '../../../src/model/alarm.ts';
import type { PatientSnapshot } from '../../../src/protocol/feed-frames.ts';
import { newLife } from '../../support/alarms.ts';

const now = Date.parse('2026-05-01T08:30:00Z');
const options = { title: 'north', now, width: 120, height: 20, colour: false };

const physiological = (over: Partial<Alarm> = {}): Alarm =>
  ({
    ...newLife(now - 42_000),
    kind: 'physiological',
    cause: 'limit',
    id: 'a1',
    patient: 'p-1',
    device: 'd-1',
    priority: 'high',
    presence: 'on',
    onset: now - 42_000,
    cleared: null,
    acknowledged_by: null,
    acknowledged_at: null,
    vital: 'spo2',
    direction: 'low',
    threshold: 80,
    value: 78,
    breached_since: now - 50_000,
    retrospective: false,
    ...over,
  }) as Alarm;

const technical = (over: Partial<Alarm> = {}): Alarm =>
  physiological({
    kind: 'technical',
    id: 't1',
    priority: 'low',
    condition: 'device_offline',
    vital: null,
    ...over,
  } as Partial<Alarm>);

const patient = (name: string, over: Partial<PatientSnapshot> = {}): PatientSnapshot => ({
  patient: name,
  ward: 'north',
  label: `Bed ${name.slice(2)}`,
  news2: { kind: 'off' },
  values: {
    heart_rate: { value: 72, t: now - 1000, age_ms: 1000 },
    spo2: { value: 97, t: now - 1000, age_ms: 1000 },
  },
  devices: [{ device: 'd-1', presence: 'on', since: now, battery_percent: null }],
  alarms: [],
  access: [],
  shelves: [],
  ...over,
});

const NOTHING_ELSE = { unassigned: [], escalated: [], addressed: [] };

function stateOf(...patients: PatientSnapshot[]): WardState {
  const state = new WardState();
  state.connected();
  state.snapshot({ type: 'snapshot', time: now, cursor: '1', patients, ...NOTHING_ELSE });
  return state;
}

const lineOf = (lines: readonly string[], label: string): string =>
  lines.find((line) => line.startsWith(label)) ?? '';

t.test('the worst alarm stands first, with its priority in words', (t) => {
  const lines = wardTable(
    stateOf(patient('p-2'), patient('p-10'), patient('p-1', { alarms: [technical(), physiological()] })),
    options,
  );
  t.same(
    lines.slice(2).map((line) => line.slice(0, 6).trim()),
    ['Bed 1', 'Bed 2', 'Bed 10'],
  );
  t.match(lineOf(lines, 'Bed 1'), /HIGH SpO2 low 78 \(limit 80\) 42s \+1: device offline$/);
  t.match(lines[0], /^north {3}08:30:00 UTC {3}3 patients {3}2 alarms, 2 not acknowledged$/);
  t.end();
});

t.test('colour is added to the words, never in their place', (t) => {
  const state = stateOf(patient('p-1', { alarms: [physiological()] }));
  const plain = wardTable(state, options);
  const coloured = wardTable(state, { ...options, colour: true });
  t.notSame(coloured, plain);
  t.same(
    coloured.map((line) => stripVTControlCharacters(line)),
    plain,
  );
  t.end();
});

t.test('an old value is unknown, with the age of the last beside it', (t) => {
  const old = { heart_rate: { value: 72, t: now - 40_000, age_ms: 40_000 } };
  t.match(lineOf(wardTable(stateOf(patient('p-1', { values: old })), options), 'Bed 1'), /^Bed 1 +-- +40s$/);
  t.end();
});

t.test('a value of a device that is gone, or of a signal that is lost, is unknown however young', (t) => {
  const devices = [{ device: 'd-1', presence: 'off' as const, since: now, battery_percent: null }];
  t.match(
    lineOf(wardTable(stateOf(patient('p-1', { devices })), options), 'Bed 1'),
    /^Bed 1 +-- +-- +1s {2}d-1 off$/,
  );
  const offline = stateOf(patient('p-1', { alarms: [technical()] }));
  t.match(lineOf(wardTable(offline, options), 'Bed 1'), /^Bed 1 +-- +-- +1s {2}TECH LOW device offline/);
  const lost = technical({ condition: 'signal_lost', vital: 'spo2' } as Partial<Alarm>);
  t.match(
    lineOf(wardTable(stateOf(patient('p-1', { alarms: [lost] })), options), 'Bed 1'),
    /^Bed 1 +72 +-- +1s {2}TECH LOW SpO2 signal lost/,
  );
  t.end();
});

t.test('silence of a whole device hides its values, and only its own', (t) => {
  const on = (device: string) => ({ device, presence: 'on' as const, since: now, battery_percent: null });
  const silent = technical({ condition: 'signal_lost', onset: now - 5_000 } as Partial<Alarm>);
  const values = {
    heart_rate: { value: 72, t: now - 8_000, age_ms: 8_000 },
    spo2: { value: 97, t: now - 1_000, age_ms: 1_000 },
  };
  const shown = (devices: PatientSnapshot['devices'], alarm: Alarm): string =>
    lineOf(wardTable(stateOf(patient('p-1', { values, devices, alarms: [alarm] })), options), 'Bed 1');
  t.match(shown([on('d-1')], silent), /^Bed 1 +-- +-- +1s/, 'one device: all');
  t.match(shown([on('d-1'), on('d-2')], silent), /^Bed 1 +-- +97 +1s/, 'renewed since by the other device');
  const offline = technical({ onset: now - 5_000 });
  t.match(shown([on('d-1'), on('d-2')], offline), /^Bed 1 +-- +97 +1s/, 'offline: the same');
  t.match(shown([on('d-2')], silent), /^Bed 1 +-- +97 +1s/, 'a device that is with this patient no more');
  const lost = technical({ condition: 'signal_lost', vital: 'spo2', onset: now - 5_000 } as Partial<Alarm>);
  t.match(
    shown([on('d-1'), on('d-2')], lost),
    /^Bed 1 +72 +97 +1s/,
    'one vital of one device: the other has it',
  );
  const others = state('p-1', 'p-2');
  t.match(lineOf(wardTable(others, options), 'Bed 1'), /^Bed 1 +-- +-- /);
  t.match(lineOf(wardTable(others, options), 'Bed 2'), /^Bed 2 +72 +97 /, 'nobody else is concerned');
  t.end();

  function state(ill: string, well: string): WardState {
    return stateOf(patient(ill, { alarms: [silent] }), patient(well));
  }
});

t.test('a value of a vital that comes each second is shown for less than 10 s', (t) => {
  const seen = (age: number): string => {
    const values = { heart_rate: { value: 72, t: now - age, age_ms: age } };
    return lineOf(wardTable(stateOf(patient('p-1', { values })), options), 'Bed 1');
  };
  t.match(seen(9_999), /^Bed 1 +72 +10s$/);
  t.match(seen(10_000), /^Bed 1 +-- +10s$/);
  t.end();
});

t.test('one is not many', (t) => {
  const line = wardTable(stateOf(patient('p-1', { alarms: [physiological()] })), options)[0];
  t.match(line, /1 patient {3}1 alarm, 1 not acknowledged$/);
  t.end();
});

t.test('a slow device keeps its value for as long as it usually takes', (t) => {
  const state = stateOf(
    patient('p-1', { values: { heart_rate: { value: 72, t: now - 90_000, age_ms: 90_000 } } }),
  );
  const values = { heart_rate: { value: 75, t: now - 30_000 } };
  state.vitals({ type: 'vitals', patient: 'p-1', time: now, values });
  t.match(lineOf(wardTable(state, options), 'Bed 1'), /^Bed 1 +75 +30s$/);
  t.end();
});

t.test('frames change what is shown: vitals, alarms that come, are seen and go', (t) => {
  const state = stateOf(patient('p-1'));
  state.vitals({ type: 'vitals', patient: 'p-1', time: now, values: { heart_rate: { value: 131, t: now } } });
  const step = (event: 'raised' | 'acknowledged' | 'cleared', alarm: Alarm) =>
    state.alarm({ type: 'alarm', cursor: '2', event, at: now, addressed: true, ward: 'south', alarm });
  step('raised', physiological());
  t.match(lineOf(wardTable(state, options), 'Bed 1'), /131 .*HIGH SpO2 low 78/);
  step('acknowledged', physiological({ presence: 'ack' }));
  t.match(lineOf(wardTable(state, options), 'Bed 1'), /HIGH \[ack\] SpO2 .*42s$/);
  step('cleared', physiological({ presence: 'off', cleared: now }));
  t.notMatch(lineOf(wardTable(state, options), 'Bed 1'), /SpO2 low/);
  step('raised', physiological({ retrospective: true } as Partial<Alarm>));
  t.notMatch(
    lineOf(wardTable(state, options), 'Bed 1'),
    /SpO2 low/,
    'found in late samples: listed, not shown as live',
  );
  t.end();
});

t.test('a lost connection is said on top, and nothing is wider or higher than the screen', (t) => {
  const state = stateOf(
    ...Array.from({ length: 40 }, (_, i) => patient(`p-${i}`, { alarms: [physiological()] })),
  );
  state.lost(now - 12_000);
  const lines = wardTable(state, { ...options, width: 60, height: 10 });
  t.match(lines[0], /CONNECTION LOST 12s ago/);
  t.equal(lines.length, 10);
  t.match(lines.at(-1), /^\.\.\. and 34 more/);
  t.ok(lines.every((line) => line.length <= 60));
  t.end();
});

t.test(
  'NEWS2 stands beside a patient: the number, or that it is partial; nothing where nobody is scored',
  async (t) => {
    const scored = patient('p-1', {
      news2: { kind: 'score', scale: 1, score: 7, trigger: 'emergency', inputs: [] },
    });
    const partial = patient('p-2', { news2: { kind: 'partial', scale: 1, lacks: ['oxygen'], inputs: [] } });
    const state = stateOf(scored, partial, patient('p-3'));
    const lines = () => wardTable(state, options);
    t.match(lines()[1], /AGE +NEWS2 +ALARM/);
    t.match(lines()[2], /1s +7$/);
    t.match(lines()[3], /1s +partial$/);
    t.match(lines()[4], /1s$/);
    const news2 = { kind: 'score', scale: 1, score: 2, trigger: 'low', inputs: [] } as const;
    state.news2({ type: 'news2', patient: 'p-2', at: now, news2: { ...news2, inputs: [] } });
    t.match(lines()[3], /1s +2$/);
    t.notMatch(wardTable(stateOf(patient('p-3')), options)[1], /NEWS2/);
  },
);

t.test('latched, seen, shelved, escalated and unattended are told apart in words', (t) => {
  const shown = (over: Partial<Alarm>): string =>
    lineOf(wardTable(stateOf(patient('p-1', { alarms: [physiological(over)] })), options), 'Bed 1');
  t.match(shown({}), /42s$/);
  t.match(shown({ presence: 'latched' }), /HIGH \[latched\] SpO2 .*42s$/);
  t.match(shown({ presence: 'ack' }), /HIGH \[ack\] SpO2 .*42s$/);
  t.match(shown({ shelved_until: now + 60_000 }), /HIGH \[shelved until 08:31 UTC\] SpO2 .*42s$/);
  t.match(
    shown({ escalated_at: now, circle: 'ward', unattended: true }),
    /HIGH \[escalated to ward, unattended\] SpO2 .*42s$/,
  );
  const waiting = (alarms: Alarm[]): string =>
    wardTable(stateOf(patient('p-1', { alarms })), options)[0] ?? '';
  t.match(waiting([physiological({ presence: 'latched' })]), /1 not acknowledged/);
  t.match(waiting([physiological({ shelved_until: now + 1 })]), /0 not acknowledged/);
  t.end();
});

t.test('alarms of others that call everybody stand first, until somebody took them', (t) => {
  const state = stateOf(patient('p-1'));
  const called = physiological({ patient: 'p-9', circle: 'on_duty', escalated_at: now } as Partial<Alarm>);
  const step = (event: 'escalated' | 'acknowledged', alarm: Alarm) =>
    state.alarm({ type: 'alarm', cursor: '2', event, at: now, addressed: true, ward: 'south', alarm });
  step('escalated', called);
  const lines = () => wardTable(state, options).slice(2);
  t.match(lines(), [
    /^called to p-9 on south: HIGH \[escalated to on duty\] SpO2 low 78 \(limit 80\)$/,
    /^Bed 1/,
  ]);
  step('acknowledged', { ...called, presence: 'ack' });
  t.match(lines(), [/^Bed 1/]);
  state.snapshot({
    type: 'snapshot',
    time: now,
    cursor: '3',
    patients: [],
    ...NOTHING_ELSE,
    escalated: [{ ...called, ward: null }],
  });
  t.match(lines(), [/^called to p-9: HIGH/]);
  t.end();
});

t.test('an admin sees who is unattended, and since when', (t) => {
  const state = stateOf();
  const missed = {
    alarm: 'a1',
    patient: 'p-9',
    ward: 'south',
    priority: 'high',
    since: now - 12_000,
  } as const;
  const frame = { type: 'unattended', cursor: '2', at: now, ...missed } as const;
  state.attendance({ ...frame, over: false });
  t.match(wardTable(state, options)[2], /^unattended p-9 \(south\): HIGH 12s$/);
  state.attendance({ ...frame, over: true });
  t.notMatch(wardTable(state, options).join(), /unattended/);
  t.end();
});

t.test('the state of an alarm is never what is cut', (t) => {
  const label = 'A bed with a long name';
  const news2 = { kind: 'partial', scale: 1, lacks: ['oxygen'], inputs: [] } as const;
  const all = { presence: 'latched', escalated_at: now, circle: 'on_duty', unattended: true } as const;
  const value = { value: 97, t: now - 1_000, age_ms: 1_000 };
  const values = { heart_rate: value, spo2: value, resp_rate: value, systolic_bp: value, body_temp: value };
  for (const width of [80, 100, 120]) {
    const shown = (over: Partial<Alarm>, more: Partial<PatientSnapshot> = {}): string => {
      const one = patient('p-1', { ...more, values, alarms: [physiological(over)] });
      return lineOf(wardTable(stateOf(one), { ...options, width }), (more.label ?? 'Bed 1').slice(0, 20));
    };
    for (const more of [{}, { label, news2: { ...news2, lacks: ['oxygen' as const], inputs: [] } }]) {
      t.match(shown({ presence: 'ack' }, more), / HIGH \[ack\] /);
      t.match(shown({ shelved_until: now + 60_000 }, more), /\[shelved (to|until) 08:31( UTC)?\]/);
      t.match(shown({ escalated_at: now, circle: 'ward' }, more), /\[esc(\.|alated to) ward\]/);
      t.match(shown(all, more), /\[latched, esc(\.|alated to) on duty, (unatt\.|unattended)\]/);
    }
    const state = stateOf();
    const far = 'a'.repeat(64);
    const called = { ...physiological({ ...all, patient: far } as Partial<Alarm>), ward: 'north' };
    const frame = { type: 'snapshot', time: now, cursor: '3', ...NOTHING_ELSE } as const;
    state.snapshot({ ...frame, patients: [], escalated: [called] });
    const line = wardTable(state, { ...options, width })[2] ?? '';
    t.match(line, /^called to a+.*\[latched, esc/);
    t.match(line, /unatt(\.|ended)\]/);
    t.ok(line.length <= width);
  }
  t.end();
});

t.test(
  'that nothing is recorded stands above the table until it is, or the connection is another',
  async (t) => {
    const state = new WardState();
    state.connected();
    t.notMatch(wardTable(state, options)[0], /RECORDING/);
    const service = { type: 'service', time: now, since: now - 61_000, alarm_log: 'ok' } as const;
    state.service = { ...service, recording: 'delayed', reason: 'stalled' };
    t.match(wardTable(state, options)[0], /RECORDING DELAYED since 08:28:59 UTC: the disk does not answer/);
    state.service = { ...service, recording: 'ok', reason: null };
    t.notMatch(wardTable(state, options)[0], /RECORDING/);
    state.service = { ...service, recording: 'stopped', reason: 'failed' };
    state.lost(now);
    state.connected();
    t.notMatch(wardTable(state, options)[0], /RECORDING/, 'a connection begins with all well');
  },
);
