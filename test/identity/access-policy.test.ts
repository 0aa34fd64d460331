import t from 'tap';
import {
  mayAcknowledge,
  mayAdminister,
  mayChangeClinician,
  mayChangeLimits,
  mayCommand,
  mayPlace,
  maySeeLimits,
  maySeeUnassignedDevices,
  maySetNews2,
  mayShelve,
  mayWatch,
  visiblePatients,
} from '../../src/identity/access-policy.ts';
import { COMMAND_NAMES } from '../../src/model/device-command.ts';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
import type { LimitScope } from '../../src/model/limit-override.ts';
import { type Clinician, ROLES, type Role } from '../../src/model/people.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const patients = [
  { id: patientId('p1'), ward: wardId('a'), label: 'A1', news2: 'scale_1' as const },
  { id: patientId('p2'), ward: wardId('a'), label: 'A2', news2: 'scale_1' as const },
  { id: patientId('p3'), ward: wardId('b'), label: 'B1', news2: 'scale_1' as const },
  { id: patientId('p4'), ward: wardId('c'), label: 'C1', news2: 'scale_1' as const },
];
const scoped = (role: Role, active = true): Clinician => ({
  id: clinicianId('c1'),
  role,
  wards: [wardId('a')],
  patients: [patientId('p3')],
  active,
});

t.test('whom a clinician sees', async (t) => {
  await using fixture = await certificateFixture();
  const { registry } = fixture;
  for (const patient of patients) await registry.addPatient(patient);
  const seen = (clinician: Clinician): string[] => visiblePatients(registry, clinician).map(({ id }) => id);
  t.same(seen(scoped('clinician')), ['p1', 'p2', 'p3'], 'own wards and patients');
  t.same(seen(scoped('charge')), ['p1', 'p2', 'p3'], 'a charge nurse has the same scope');
  t.same(seen(scoped('admin')), [], 'an admin sees no vitals, whatever the scope says');
  t.same(seen({ ...scoped('clinician'), wards: [], patients: [] }), [], 'no scope, nobody');
  for (const role of ROLES) t.same(seen(scoped(role, false)), [], `inactive ${role}`);
});

t.test('acknowledging follows watching', async (t) => {
  for (const role of ROLES) {
    for (const active of [true, false]) {
      for (const patient of patients) {
        const clinician = scoped(role, active);
        t.equal(mayAcknowledge(clinician, patient), mayWatch(clinician, patient));
      }
    }
  }
});

t.test('unassigned devices are for charge nurses and admins who are active', async (t) => {
  t.equal(maySeeUnassignedDevices(scoped('clinician')), false);
  t.equal(maySeeUnassignedDevices(scoped('charge')), true);
  t.equal(maySeeUnassignedDevices(scoped('admin')), true);
  t.equal(maySeeUnassignedDevices(scoped('charge', false)), false);
  t.equal(maySeeUnassignedDevices(scoped('admin', false)), false);
});

/** Whom the role may do it for, of p1 and p2 (their ward), p3 (theirs by name, in another ward) and p4 (a stranger). */
const MAY_FOR: Readonly<Record<Role, Readonly<Record<'shelve' | 'news2' | 'limits' | 'see', string>>>> = {
  clinician: { shelve: '', news2: '', limits: '', see: 'p1 p2 p3' },
  charge: { shelve: 'p1 p2 p3', news2: 'p1 p2', limits: 'p1 p2', see: 'p1 p2 p3' },
  admin: { shelve: '', news2: '', limits: '', see: '' },
};

t.test('shelving, NEWS2 and the limits of a patient', async (t) => {
  for (const role of ROLES) {
    const whom = (
      may: (clinician: Clinician, patient: (typeof patients)[number]) => boolean,
      active = true,
    ) =>
      patients
        .filter((patient) => may(scoped(role, active), patient))
        .map(({ id }) => id)
        .join(' ');
    const limits =
      (may: typeof mayChangeLimits) => (clinician: Clinician, patient: (typeof patients)[number]) =>
        may(clinician, { kind: 'patient', patient: patient.id }, patient);
    const { shelve, news2, limits: change, see } = MAY_FOR[role];
    t.equal(whom(mayShelve), shelve, `${role} shelves`);
    t.equal(whom(maySetNews2), news2, `${role} sets NEWS2`);
    t.equal(whom(limits(mayChangeLimits)), change, `${role} changes limits`);
    t.equal(whom(limits(maySeeLimits)), see, `${role} sees limits`);
    for (const may of [mayShelve, maySetNews2, limits(mayChangeLimits), limits(maySeeLimits)])
      t.equal(whom(may, false), '', `inactive ${role}`);
  }
  const p1: LimitScope = { kind: 'patient', patient: patientId('p1') };
  t.equal(mayChangeLimits(scoped('charge'), p1), false, 'an unknown patient');
  t.equal(mayChangeLimits(scoped('charge'), p1, patients[1]), false, 'another patient than the scope names');
});

t.test('limits of a ward and for everyone', async (t) => {
  const everyone: LimitScope = { kind: 'default' };
  const own: LimitScope = { kind: 'ward', ward: wardId('a') };
  const other: LimitScope = { kind: 'ward', ward: wardId('b') };
  const of = (role: Role, may: typeof mayChangeLimits, active = true) =>
    [everyone, own, other].map((scope) => may(scoped(role, active), scope));
  t.same(of('clinician', mayChangeLimits), [false, false, false]);
  t.same(of('charge', mayChangeLimits), [false, true, false]);
  t.same(of('admin', mayChangeLimits), [true, false, false], 'by script an admin may change any');
  t.same(of('clinician', maySeeLimits), [true, true, false]);
  t.same(of('charge', maySeeLimits), [true, true, false]);
  t.same(of('admin', maySeeLimits), [true, true, true]);
  for (const role of ROLES)
    for (const may of [mayChangeLimits, maySeeLimits])
      t.same(of(role, may, false), [false, false, false], role);
});

t.test('devices, people and the service are for admins, who never change themselves', async (t) => {
  for (const role of ROLES) {
    t.equal(mayAdminister(scoped(role)), role === 'admin', role);
    t.equal(mayChangeClinician(scoped(role), clinicianId('c2')), role === 'admin', role);
    t.equal(mayChangeClinician(scoped(role), clinicianId('c1')), false, `${role}: themselves`);
    t.equal(mayAdminister(scoped(role, false)), false, `inactive ${role}`);
    t.equal(mayChangeClinician(scoped(role, false), clinicianId('c2')), false, `inactive ${role}`);
  }
});

t.test('who is told where patients are, and who may have a device do what', async (t) => {
  const placed = (role: Role, active = true) =>
    patients.filter((patient) => mayPlace(scoped(role, active), patient)).map(({ id }) => id);
  t.same(
    ROLES.map((role) => placed(role)),
    [[], ['p1', 'p2'], ['p1', 'p2', 'p3', 'p4']],
  );
  const [, , named, far] = patients;
  const commands = (role: Role, wearer: (typeof patients)[number] | null, active = true) =>
    COMMAND_NAMES.filter((name) => mayCommand(scoped(role, active), name, wearer));
  for (const role of ['clinician', 'charge'] as const) {
    t.same(commands(role, named!), COMMAND_NAMES, role);
    t.same(commands(role, far!), [], role);
  }
  t.same(commands('clinician', null), []);
  t.same(commands('charge', null), ['identify']);
  for (const wearer of [named!, far!, null]) t.same(commands('admin', wearer), ['set_interval', 'identify']);
  for (const role of ROLES) {
    t.same(placed(role, false), [], `inactive ${role}`);
    for (const wearer of [named!, null]) t.same(commands(role, wearer, false), [], `inactive ${role}`);
  }
});
