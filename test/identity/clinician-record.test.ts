import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import { registeredPrincipal } from '../../src/identity/clinician-principal.ts';
import { changeClinician, setClinicianActive } from '../../src/identity/clinician-record.ts';
import { beginSession, issueInvitation, secretHash } from '../../src/identity/console-sessions.ts';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
import type { AuditAct } from '../../src/observe/audit-entry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';

const NURSE = clinicianId('nurse-1');
const clock = systemClock();
const asNurse = { role: 'clinician', wards: [wardId('ward-1')], patients: [] } as const;
const asAdmin = { role: 'admin', wards: [], patients: [] } as const;

/** Two processes with one registry: neither has been told yet of what the other just wrote. */
async function world(t: Test) {
  const path = join(t.testdir(), 'registry.db');
  const open = async () => {
    const registry = await openSqliteRegistry({ path, onError: (error) => t.fail(error.message) });
    t.teardown(() => registry[Symbol.asyncDispose]());
    return registry;
  };
  return [await open(), await open()] as const;
}

t.test('whoever another process turned away a moment ago is not let in by the way', async (t) => {
  const [one, other] = await world(t);
  await one.putClinician({ id: NURSE, ...asAdmin, active: true });
  t.same((await changeClinician(other, { id: NURSE, ...asAdmin })).details, {
    change: 'replaced',
    role: 'admin',
  });
  await one.putClinician({ id: NURSE, ...asAdmin, active: false });
  t.equal(other.clinician(NURSE)?.active, true, 'not told yet');
  await changeClinician(other, { id: NURSE, ...asNurse });
  t.same(other.clinician(NURSE), { id: NURSE, ...asNurse, active: false });
  await changeClinician(other, { id: NURSE, ...asNurse, active: true });
  t.equal(other.clinician(NURSE)?.active, true, 'unless that is said');
  await t.rejects(changeClinician(one, { id: NURSE, ...asNurse, patients: [patientId('p-404')] }), {
    code: 'unknown_patient',
  });
});

t.test('turned away or admitted, a person has the role that another process just gave them', async (t) => {
  const [one, other] = await world(t);
  await one.putClinician({ id: NURSE, ...asAdmin, active: true });
  await other.putClinician({ id: NURSE, ...asAdmin, active: true });
  await one.putClinician({ id: NURSE, ...asNurse, active: true });
  t.equal(other.clinician(NURSE)?.role, 'admin', 'not told yet');
  const acts: AuditAct[] = [];
  const record = async (act: AuditAct) => void acts.push(act);
  t.match(await setClinicianActive(other, NURSE, false, clock.now(), record), { changed: true });
  t.same(other.clinician(NURSE), { id: NURSE, ...asNurse, active: false });
  t.match(await setClinicianActive(one, NURSE, false, clock.now(), record), { changed: false });
  t.match(await setClinicianActive(one, NURSE, true, clock.now(), record), { changed: true });
  t.same(one.clinician(NURSE), { id: NURSE, ...asNurse, active: true });
  t.match(acts, [{ details: { change: 'deactivated' } }, { details: { change: 'activated' } }]);
  const nobody = clinicianId('nobody');
  await t.rejects(setClinicianActive(one, nobody, true, 0, record), { code: 'unknown_clinician' });
  t.equal(one.clinician(nobody), undefined);
});

t.test('no session and no link of before comes back with them', async (t) => {
  const [registry] = await world(t);
  await registry.putClinician({ id: NURSE, ...asNurse, active: true });
  const { code } = await issueInvitation({ registry, clock }, { clinician: NURSE, ttlMs: 60_000 });
  const acts: AuditAct[] = [];
  const record = async (act: AuditAct) => void acts.push(act);
  await setClinicianActive(registry, NURSE, false, clock.now(), record);
  await setClinicianActive(registry, NURSE, true, clock.now(), record);
  await t.rejects(registry.redeemInvitation(secretHash(code), clock.now()), { code: 'invitation_expired' });
  const beginning = { registry, clock, sessionMs: 60_000, audit: { acted: () => undefined } };
  const { session } = await beginSession(beginning, {
    ...{ principal: registeredPrincipal(NURSE), via: 'invitation', address: '192.0.2.1' },
  });
  await setClinicianActive(registry, NURSE, false, clock.now(), record);
  t.equal(registry.session(session.id)?.ended?.reason, 'deactivated');
  t.match(acts.at(-1), { action: 'session_ended', subject: NURSE, details: { session: session.id } });
});
