import t from 'tap';
import { attendance, hearingOf, isAddressed } from '../../src/feed/audience.ts';
import type { Alarm, AlarmEventName, Circle, TechnicalAlarm } from '../../src/model/alarm.ts';
import { clinicianId, type PatientId, patientId, wardId } from '../../src/model/ids.ts';
import type { Clinician, Patient, Role } from '../../src/model/people.ts';
import { anAlarm } from '../support/alarms.ts';

const P = patientId('p-1');
const WARD = wardId('north');
const patient: Patient = { id: P, ward: WARD, label: 'Bed 1', news2: 'scale_1' };
const person = (role: Role, wards: string[] = [], patients: PatientId[] = []): Clinician => ({
  ...{ id: clinicianId('c'), role, active: true, patients },
  wards: wards.map(wardId),
});
const assigned = person('clinician', [], [P]);
const ofWard = person('clinician', ['north']);
const stranger = person('clinician', ['south']);
const admin = person('admin', ['north']);
const alarm = (fields: Partial<Alarm> = {}): Alarm =>
  ({ ...anAlarm(10, { patient: P }), ...fields }) as Alarm;

t.test('an alarm is addressed to its circle while it waits for a person', async (t) => {
  const cases: readonly (readonly [Partial<Alarm>, boolean, boolean, boolean])[] = [
    [{ circle: 'assigned' }, true, false, false],
    [{ circle: 'ward' }, true, true, false],
    [{ circle: 'on_duty' }, true, true, true],
    [{ circle: 'ward', presence: 'latched' }, true, true, false],
    [{ circle: 'on_duty', presence: 'ack' }, false, false, false],
    [{ circle: 'on_duty', presence: 'off' }, false, false, false],
    [{ circle: 'on_duty', shelved_until: 99 }, false, false, false],
    [{ circle: 'on_duty', retrospective: true } as Partial<Alarm>, false, false, false],
  ];
  for (const [fields, ...expected] of cases)
    t.same(
      [assigned, ofWard, stranger].map((who) => isAddressed(alarm(fields), who, patient)),
      expected,
      JSON.stringify(fields),
    );
  const loose = alarm({ patient: null, circle: 'on_duty' } as Partial<TechnicalAlarm> as Partial<Alarm>);
  t.ok(isAddressed(loose, person('charge'), null), 'a device nobody wears is for whoever is told of it');
});

t.test('what calls everybody on duty goes to strangers until somebody took it, and no further', async (t) => {
  const cases: readonly (readonly [AlarmEventName, Partial<Alarm>, string | null])[] = [
    ['raised', { circle: 'ward' }, null],
    ['escalated', { circle: 'ward' }, null],
    ['escalated', { circle: 'on_duty' }, 'escalated'],
    ['priority_raised', { circle: 'on_duty' }, 'escalated'],
    ['latched', { circle: 'on_duty', presence: 'latched' }, 'escalated'],
    ['acknowledged', { circle: 'on_duty', presence: 'ack', acknowledged_at: 9 }, 'escalated'],
    ['acknowledged', { circle: 'on_duty', presence: 'off', acknowledged_at: 9 }, 'escalated'],
    ['cleared', { circle: 'on_duty', presence: 'off', acknowledged_at: 9 }, null],
    ['cleared', { circle: 'on_duty', presence: 'off' }, 'escalated'],
    ['cleared', { circle: 'ward', presence: 'off' }, null],
    ['shelved', { circle: 'on_duty', shelved_until: 99 }, 'escalated'],
    ['cleared', { circle: 'on_duty', shelved_until: 99, presence: 'off' }, null],
    ['realerted', { circle: 'assigned' }, null],
    ['raised', { circle: 'on_duty', patient: null } as Partial<Alarm>, null],
  ];
  for (const [event, fields, expected] of cases) {
    const happened = { event, at: 9, alarm: alarm(fields) };
    const name = `${event} ${JSON.stringify(fields)}`;
    t.equal(hearingOf(happened, stranger, false), expected, name);
    t.equal(hearingOf(happened, person('charge'), false), expected, `${name}, charge`);
    t.equal(hearingOf(happened, { ...stranger, active: false }, false), null, `${name}, inactive`);
    t.not(hearingOf(happened, admin, false), 'escalated', `${name}, admin`);
    t.equal(hearingOf(happened, ofWard, true), 'watched', `${name}, watched`);
  }
});

t.test(
  'admins hear that an alarm is unattended and that it is so no longer, and of nothing else',
  async (t) => {
    const cases: readonly (readonly [AlarmEventName, Partial<Alarm>, string | null])[] = [
      ['raised', {}, null],
      ['unattended', { unattended: true }, 'unattended'],
      ['priority_raised', { unattended: true }, null],
      ['attended', { received_at: 9 }, 'attended'],
      ['acknowledged', { received_at: 5, acknowledged_at: 9 }, null],
      ['acknowledged', { received_at: 9, acknowledged_at: 9 }, 'attended'],
      ['cleared', { presence: 'off', unattended: true }, 'attended'],
      ['cleared', { presence: 'off' }, null],
      ['unattended', { unattended: true, patient: null } as Partial<Alarm>, null],
    ];
    for (const [event, fields, expected] of cases) {
      const happened = { event, at: 9, alarm: alarm(fields) };
      const name = `${event} ${JSON.stringify(fields)}`;
      t.equal(attendance(happened), expected, name);
      t.equal(hearingOf(happened, admin, false), expected === null ? null : 'unattended', name);
      t.equal(hearingOf(happened, stranger, false), null, `${name}, others`);
      t.equal(hearingOf(happened, { ...admin, active: false }, false), null, `${name}, inactive`);
    }
  },
);

t.test('circles hold the ones before them', async (t) => {
  for (const circle of ['assigned', 'ward', 'on_duty'] satisfies Circle[])
    t.ok(isAddressed(alarm({ circle }), assigned, patient), circle);
});
