import t from 'tap';
import { loadConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/setting.ts';

const ISSUER = 'https://idp.example.org/realms/ward';
const load = (environment: Environment) =>
  loadConfig({
    VITALWIRE_OIDC_ISSUER: ISSUER,
    VITALWIRE_OIDC_CLIENT_ID: 'vitalwire-console',
    ...environment,
  });

t.test('issuer and client id are enough for people to sign in', async (t) => {
  const { config, secrets } = load({});
  t.match(config.openId, {
    issuer: ISSUER,
    audience: null,
    signIn: { clientId: 'vitalwire-console', scopes: ['openid'], name: 'idp.example.org' },
  });
  t.equal(secrets.oidcClientSecret, null);
  const production = { NODE_ENV: 'production', VITALWIRE_CONSOLE_URL: 'https://vitals.example.org' };
  t.ok(load(production).config.openId?.signIn);
  t.equal(load({ VITALWIRE_OIDC_CLIENT_ID: '', VITALWIRE_OIDC_AUDIENCE: 'api' }).config.openId?.signIn, null);
});

t.test('scopes, name and secret are taken; the secret stands apart', async (t) => {
  const { config, secrets } = load({
    VITALWIRE_OIDC_AUDIENCE: 'vitalwire-api',
    VITALWIRE_OIDC_SCOPES: 'openid  profile wards',
    VITALWIRE_OIDC_NAME: 'Hospital sign-on',
    VITALWIRE_OIDC_CLIENT_SECRET: 'canary',
  });
  t.match(config.openId, {
    audience: 'vitalwire-api',
    signIn: { scopes: ['openid', 'profile', 'wards'], name: 'Hospital sign-on' },
  });
  t.equal(secrets.oidcClientSecret, 'canary');
  t.notMatch(JSON.stringify(config), /canary/);
});

t.test('what does not go together is refused by the key to change', async (t) => {
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [{ VITALWIRE_OIDC_ISSUER: '' }, /^VITALWIRE_OIDC_ISSUER=: must be set with VITALWIRE_OIDC_CLIENT_ID/],
    [
      { VITALWIRE_OIDC_CLIENT_ID: '', VITALWIRE_OIDC_CLIENT_SECRET: 'canary' },
      /^VITALWIRE_OIDC_CLIENT_ID=: must be set with VITALWIRE_OIDC_CLIENT_SECRET/,
    ],
    [{ VITALWIRE_OIDC_CLIENT_ID: '' }, /^VITALWIRE_OIDC_AUDIENCE=: .* or VITALWIRE_OIDC_CLIENT_ID/],
    [
      { VITALWIRE_OIDC_AUDIENCE: 'vitalwire-console' },
      /^VITALWIRE_OIDC_AUDIENCE=.* must not be VITALWIRE_OIDC_CLIENT_ID/,
    ],
    [{ NODE_ENV: 'production' }, /^VITALWIRE_CONSOLE_URL=: must be set with VITALWIRE_OIDC_CLIENT_ID/],
    [{ VITALWIRE_OIDC_SCOPES: 'profile' }, /^VITALWIRE_OIDC_SCOPES="profile": must be openid/],
    [{ VITALWIRE_OIDC_SCOPES: 'openid "a"' }, /^VITALWIRE_OIDC_SCOPES=/],
    [{ VITALWIRE_OIDC_NAME: 'x'.repeat(65) }, /^VITALWIRE_OIDC_NAME=/],
  ];
  for (const [environment, message] of cases)
    t.throws(() => load(environment), { code: 'invalid_config', message }, JSON.stringify(environment));
});
