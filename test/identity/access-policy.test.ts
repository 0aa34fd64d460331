import t from 'tap';
import {
  mayAcknowledge,
  maySeeUnassignedDevices,
  mayWatch,
  visiblePatients,
} from '../../src/identity/access-policy.ts';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
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
