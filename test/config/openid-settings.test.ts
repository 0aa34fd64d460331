import t from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/setting.ts';

const ISSUER = 'https://idp.example.org/realms/ward';
const load = (environment: Environment) =>
  loadConfig({ VITALWIRE_OIDC_ISSUER: ISSUER, VITALWIRE_OIDC_AUDIENCE: 'vitalwire', ...environment }).config
    .openId;

t.test('issuer and audience are enough: the registry then gives role and scope', async (t) => {
  t.same(load({}), {
    issuer: ISSUER,
    audience: 'vitalwire',
    signIn: null,
    caFile: null,
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    claims: { subject: 'sub', role: 'roles', roles: null, wards: null, patients: null },
  });
});

t.test('the issuer is kept letter by letter', async (t) => {
  for (const issuer of [`${ISSUER}/`, 'https://IDP.example.org', 'https://idp.example.org:443']) {
    t.equal(load({ VITALWIRE_OIDC_ISSUER: issuer })?.issuer, issuer);
  }
});

t.test('claims are mapped as written', async (t) => {
  const found = load({
    VITALWIRE_OIDC_CA_FILE: '/etc/idp.pem',
    VITALWIRE_OIDC_ALGORITHMS: ' RS256 , PS256 ',
    VITALWIRE_OIDC_SUBJECT_CLAIM: 'oid',
    VITALWIRE_OIDC_ROLE_CLAIM: 'realm_access.roles',
    VITALWIRE_OIDC_ROLES: 'nurse=clinician, lead-nurse=charge ,cn=it=admin',
    VITALWIRE_OIDC_WARDS_CLAIM: 'wards',
  });
  t.match(found, { caFile: '/etc/idp.pem', algorithms: ['RS256', 'PS256'] });
  t.match(found?.claims, { subject: 'oid', role: 'realm_access.roles', wards: 'wards', patients: null });
  t.same(
    [...(found?.claims.roles ?? [])],
    [
      ['nurse', 'clinician'],
      ['lead-nurse', 'charge'],
      ['cn=it', 'admin'],
    ],
  );
});

t.test('what does not go together is refused by the key to change', async (t) => {
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [{ VITALWIRE_OIDC_AUDIENCE: '' }, /^VITALWIRE_OIDC_AUDIENCE=: must be set with VITALWIRE_OIDC_ISSUER/],
    [{ VITALWIRE_OIDC_ISSUER: '' }, /^VITALWIRE_OIDC_ISSUER=: must be set with VITALWIRE_OIDC_AUDIENCE/],
    [{ VITALWIRE_ISSUER: ISSUER }, /^VITALWIRE_OIDC_ISSUER=.* not VITALWIRE_ISSUER/],
    [{ NODE_ENV: 'production', VITALWIRE_OIDC_ISSUER: 'http://localhost:9000' }, /^VITALWIRE_OIDC_ISSUER=/],
    [{ VITALWIRE_OIDC_ISSUER: 'https://user:canary@idp.example.org' }, /^VITALWIRE_OIDC_ISSUER=/],
  ];
  for (const [environment, message] of cases) {
    t.throws(() => load(environment), { code: 'invalid_config', message }, JSON.stringify(environment));
  }
  try {
    load({ VITALWIRE_OIDC_ISSUER: 'https://user:canary@idp.example.org' });
  } catch (error) {
    t.notMatch(String(error), /canary/);
  }
  for (const local of ['http://localhost:9000', 'http://127.0.0.1:9000/a', 'http://[::1]:9000']) {
    t.equal(load({ VITALWIRE_OIDC_ISSUER: local })?.issuer, local);
  }
});
