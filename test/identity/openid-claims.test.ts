import t from 'tap';
import { admitPrincipal, standingOf } from '../../src/identity/clinician-principal.ts';
import { type OpenIdClaims, principalOf } from '../../src/identity/openid-claims.ts';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
import type { Clinician, Role } from '../../src/model/people.ts';

const roles = new Map<string, Role>([
  ['nurse', 'clinician'],
  ['lead-nurse', 'charge'],
  ['it', 'admin'],
]);
const NONE: OpenIdClaims = { subject: 'sub', role: 'roles', roles: null, wards: null, patients: null };
const MAPPED: OpenIdClaims = { ...NONE, roles, wards: 'wards', patients: 'patients' };

t.test('with nothing mapped the token says who somebody is, and no more', async (t) => {
  const payload = { sub: 'n1', roles: ['admin', 'it'], wards: ['north'] };
  t.same(principalOf(payload, NONE), { id: 'n1', role: null, scope: null });
});

t.test('the subject is read from the configured claim, and must be an id', async (t) => {
  t.equal(principalOf({ sub: '%', oid: 'n1' }, { ...NONE, subject: 'oid' }).id, 'n1');
  for (const sub of [
    undefined,
    7,
    null,
    ['n1'],
    '',
    'a b',
    '../x',
    'auth0|7',
    'a@b.example',
    'x'.repeat(65),
  ]) {
    t.throws(() => principalOf({ sub } as never, NONE), { code: 'token_invalid' }, String(sub));
  }
});

t.test('roles: text or a list, mapped values only, and of several the least', async (t) => {
  const roleOf = (value: unknown) => principalOf({ sub: 'n1', roles: value }, MAPPED).role;
  t.equal(roleOf('nurse'), 'clinician');
  t.equal(roleOf(['unknown', 'lead-nurse', 7, null]), 'charge');
  t.equal(roleOf(['it']), 'admin');
  t.equal(roleOf(['it', 'lead-nurse', 'nurse']), 'clinician');
  t.equal(roleOf(['it', 'lead-nurse']), 'charge');
  for (const none of [
    undefined,
    null,
    'admin',
    'charge',
    [],
    ['Nurse'],
    'nurse it',
    'nurse,it',
    { nurse: true },
    [['nurse']],
    '__proto__',
    'constructor',
  ]) {
    t.throws(() => roleOf(none), { code: 'role_forbidden' }, JSON.stringify(none));
  }
});

t.test('a claim is found by its whole name first, then by the path, through own members only', async (t) => {
  const roleAt = (role: string, payload: object) =>
    principalOf({ sub: 'n1', ...payload }, { ...MAPPED, role }).role;
  t.equal(roleAt('realm_access.roles', { realm_access: { roles: ['nurse'] } }), 'clinician');
  t.equal(roleAt('https://a.example/roles', { 'https://a.example/roles': 'it' }), 'admin');
  t.equal(roleAt('a.b', { 'a.b': 'it', a: { b: 'nurse' } }), 'admin');
  for (const path of [
    'realm_access',
    'realm_access.none',
    'realm_access.roles.0.x',
    'constructor.name',
    '__proto__.roles',
    'a..b',
  ]) {
    t.throws(() => roleAt(path, { realm_access: { roles: ['nurse'] } }), { code: 'role_forbidden' }, path);
  }
});

t.test('wards and patients: ids only; a scope claim that is missing leaves nothing', async (t) => {
  const scopeOf = (payload: object, claims = MAPPED) =>
    principalOf({ sub: 'n1', roles: 'nurse', ...payload }, claims).scope;
  t.same(scopeOf({ wards: ['north', 'so uth', 7, '/groups/east', 'west'], patients: 'p-1' }), {
    wards: ['north', 'west'],
    patients: ['p-1'],
  });
  t.same(scopeOf({}), { wards: [], patients: [] });
  t.same(scopeOf({ wards: 'north', patients: ['p-1'] }, { ...MAPPED, patients: null }), {
    wards: ['north'],
    patients: [],
  });
});

const NOW = 1_700_000_000_000;

t.test('what the token does not say the registry does; who is inactive there is so everywhere', async (t) => {
  const entry: Clinician = {
    id: clinicianId('n1'),
    role: 'charge',
    wards: [wardId('south')],
    patients: [patientId('p-9')],
    active: true,
  };
  const registry = (known: Clinician | undefined) => ({
    clinician: () => known,
    grantsOf: () => [],
  });
  const scope = { wards: [wardId('north')], patients: [] };
  const bare = { id: entry.id, role: null, scope: null };
  const whole = { id: entry.id, role: 'clinician', scope } as const;
  t.same(standingOf(registry(entry), bare, NOW), entry);
  t.same(standingOf(registry(entry), whole, NOW), { ...entry, role: 'clinician', ...scope });
  t.same(standingOf(registry(entry), { ...bare, role: 'clinician' }, NOW), { ...entry, role: 'clinician' });
  t.same(standingOf(registry(entry), { ...bare, scope }, NOW), { ...entry, ...scope });
  t.same(admitPrincipal(registry(undefined), whole, NOW), {
    id: 'n1',
    role: 'clinician',
    ...scope,
    active: true,
  });
  for (const principal of [bare, { ...whole, role: null }, { ...whole, scope: null }]) {
    t.throws(() => admitPrincipal(registry(undefined), principal, NOW), { code: 'clinician_unknown' });
  }
  for (const principal of [bare, whole]) {
    t.throws(() => admitPrincipal(registry({ ...entry, active: false }), principal, NOW), {
      code: 'clinician_inactive',
    });
  }
});
