import t from 'tap';
import { answersForPatient, mayBreakGlass, mayWatch } from '../../src/identity/access-policy.ts';
import { liveGrant, liveGrants } from '../../src/identity/break-glass.ts';
import { admitPrincipal, ownStandingOf, standingOf } from '../../src/identity/clinician-principal.ts';
import { clinicianId, grantId, patientId, wardId } from '../../src/model/ids.ts';
import type { AccessGrant, Clinician, Role } from '../../src/model/people.ts';

const ID = clinicianId('n1');
const [NORTH, SOUTH] = [wardId('north'), wardId('south')];
const [mine, other] = [
  { id: patientId('p1'), ward: NORTH, label: '', news2: 'scale_1' as const },
  { id: patientId('p2'), ward: SOUTH, label: '', news2: 'scale_1' as const },
];
const entryOf = (role: Role, active = true): Clinician => ({
  id: ID,
  role,
  wards: [NORTH],
  patients: [],
  active,
});
const grant = (id: string, until: number, patient = other.id): AccessGrant => ({
  id: grantId(id),
  clinician: ID,
  patient,
  reason: 'a reason of some length',
  from: 100,
  until,
});
/** As the registry gives them: the one that ends last first. */
const registry = (entry: Clinician | undefined, grants: readonly AccessGrant[]) => ({
  clinician: () => entry,
  grantsOf: () => [...grants].sort((a, b) => b.until - a.until),
});
const bare = { id: ID, role: null, scope: null };

/** Role and activity; who may break the glass, and who sees the patient while the access lasts. */
const TABLE = [
  ['clinician', true, true],
  ['charge', true, true],
  ['admin', true, false],
  ['clinician', false, false],
  ['charge', false, false],
  ['admin', false, false],
] as const;

t.test('roles: who may break the glass, and whom it lets see', async (t) => {
  for (const [role, active, allowed] of TABLE) {
    const name = `${active ? 'active' : 'inactive'} ${role}`;
    const entry = entryOf(role, active);
    t.equal(mayBreakGlass(entry), allowed, name);
    const known = registry(entry, [grant('g', 200)]);
    const sees = (at: number): boolean => mayWatch(standingOf(known, bare, at) as Clinician, other);
    t.equal(sees(199), allowed, `${name}, while it lasts`);
    t.equal(sees(200), false, `${name}, at its end`);
    t.equal(mayWatch(ownStandingOf(known, bare) as Clinician, other), false, `${name}, by their own scope`);
    t.equal(
      answersForPatient(entry, mine),
      role === 'charge' && active,
      `${name}: told of others' access on their ward`,
    );
    t.equal(answersForPatient(entry, other), false, `${name}: and on no other`);
  }
});

t.test('the role that counts is the one of the token, and so is the scope that is added to', async (t) => {
  const grants = [grant('g', 200)];
  const patients = (entry: Clinician | undefined, role: Role | null, now = 150) =>
    standingOf(registry(entry, grants), { id: ID, role, scope: { wards: [], patients: [mine.id] } }, now)
      ?.patients;
  t.same(patients(entryOf('admin'), 'clinician'), [mine.id, other.id]);
  t.same(patients(entryOf('charge'), 'admin'), [mine.id]);
  t.same(patients(undefined, 'clinician'), [mine.id, other.id], 'also of somebody not in the registry');
  t.same(patients(undefined, 'clinician', 200), [mine.id]);
  t.same(patients(undefined, null), undefined);
  t.throws(() => admitPrincipal(registry(entryOf('charge', false), grants), bare, 150), {
    code: 'clinician_inactive',
  });
});

t.test('live is what has not ended, however many are over', async (t) => {
  const all = registry(undefined, [
    ...Array.from({ length: 100 }, (_, i) => grant(`old-${i}`, 110 + i)),
    grant('short', 300),
    grant('long', 400, mine.id),
  ]).grantsOf();
  t.same(
    liveGrants(all, 250).map(({ id }) => id),
    ['long', 'short'],
  );
  t.same(
    liveGrants(all, 300).map(({ id }) => id),
    ['long'],
  );
  t.same(liveGrants(all, 400), []);
  const of = { grantsOf: () => all };
  t.equal(liveGrant(of, ID, mine.id, 399)?.id, 'long');
  t.equal(liveGrant(of, ID, other.id, 299)?.id, 'short');
  t.equal(liveGrant(of, ID, other.id, 300), undefined);
});
