import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { discoverProvider } from '../../src/identity/openid-discovery.ts';
import { connectOpenIdProvider } from '../../src/identity/openid-provider.ts';
import { createLog } from '../../src/observe/log.ts';
import { manualClock } from '../support/manual-clock.ts';
import { openIdProvider, type ProviderMode, type TestProvider } from '../support/openid-provider.ts';

const algorithms = ['RS256'] as const;
const discover = (
  provider: TestProvider,
  change: { issuer?: string; further?: string | null } = {},
  signal = AbortSignal.timeout(5_000),
) =>
  discoverProvider(
    {
      issuer: change.issuer ?? provider.issuer,
      algorithms,
      trust: { further: change.further === undefined ? provider.ca : change.further },
    },
    signal,
  );

t.test('keys are found over TLS that chains to the authority given', async (t) => {
  const provider = await openIdProvider(t);
  const { keys } = await discover(provider);
  t.ok(keys.find(provider.keys[0]!.kid, 'RS256'));
  t.same(provider.asked, ['/realms/ward/.well-known/openid-configuration', '/realms/ward/keys']);
  await t.rejects(discover(provider, { further: null }), { code: 'provider_unreachable' }, 'and to no other');
});

t.test('an issuer that ends with a slash has its document where the standard says', async (t) => {
  const provider = await openIdProvider(t);
  provider.metadata = { issuer: `${provider.issuer}/` };
  t.ok(await discover(provider, { issuer: `${provider.issuer}/` }));
  await t.rejects(discover(provider), { code: 'provider_answer_invalid' }, 'but it is another issuer');
});

t.test('every way to fail or to cheat is refused, in time', async (t) => {
  const provider = await openIdProvider(t);
  const cases: readonly (readonly [ProviderMode, string])[] = [
    ['failing', 'provider_refused'],
    ['redirecting', 'provider_refused'],
    ['huge', 'provider_answer_invalid'],
    ['not_json', 'provider_answer_invalid'],
    ['wrong_issuer', 'provider_answer_invalid'],
    ['no_keys', 'provider_answer_invalid'],
  ];
  for (const [mode, code] of cases) {
    provider.mode = mode;
    await t.rejects(discover(provider), { code }, mode);
  }
  t.notOk(
    provider.asked.some((path) => path.startsWith('/elsewhere')),
    'no redirect is followed',
  );
  for (const mode of ['hanging', 'dripping'] as const) {
    provider.mode = mode;
    const late = new AbortController();
    const discovering = discover(provider, {}, late.signal);
    setTimeout(() => late.abort(new CodedError('provider_timeout', 'late')), 100);
    await t.rejects(discovering, { code: 'provider_timeout' }, mode);
  }
  provider.mode = 'good';
  t.ok(await discover(provider), 'the control');
  await provider.stop();
  await t.rejects(discover(provider), { code: 'provider_unreachable' });
});

t.test('keys come over https only', async (t) => {
  const provider = await openIdProvider(t);
  const plain = await openIdProvider(t, { plain: true });
  for (const jwks_uri of [`${plain.issuer}/keys`, 'file:///etc/passwd', 'keys', '', 7, null, undefined]) {
    provider.metadata = { jwks_uri };
    await t.rejects(discover(provider), { code: 'provider_answer_invalid' }, String(jwks_uri));
  }
  t.same(plain.asked, [], 'the http address was not asked');
  t.ok(await discover(plain), 'but for an issuer on this very host, over http');
  plain.metadata = { jwks_uri: 'http://192.0.2.1/keys' };
  await t.rejects(discover(plain), { code: 'provider_answer_invalid' });
});

t.test('endpoints to sign in with are of https only; without them the keys still hold', async (t) => {
  const provider = await openIdProvider(t);
  const plain = await openIdProvider(t, { plain: true });
  const good = (await discover(provider)).endpoints;
  t.match(
    { authorization: good?.authorization.href, token: good?.token.href },
    { authorization: `${provider.issuer}/authorize`, token: `${provider.issuer}/token` },
  );
  t.match(good, { secretBy: 'basic', namesIssuer: true });
  t.match((await discover(plain)).endpoints, { token: { protocol: 'http:' } }, 'or on this very host');
  for (const name of ['authorization_endpoint', 'token_endpoint'])
    for (const value of [`${plain.issuer}/x`, 'javascript:alert(1)', 'x', 7, undefined]) {
      provider.metadata = { [name]: value };
      const { keys, endpoints } = await discover(provider);
      t.same([keys.size, endpoints], [1, null], `${name}: ${value}`);
    }
  for (const [methods, by] of [
    [['client_secret_basic', 'client_secret_post'], 'basic'],
    [['client_secret_post'], 'post'],
    [undefined, 'basic'],
  ] as const) {
    provider.metadata = {
      token_endpoint_auth_methods_supported: methods,
      authorization_response_iss_parameter_supported: undefined,
    };
    t.match((await discover(provider)).endpoints, { secretBy: by, namesIssuer: false });
  }
});

t.test('a file of trust that is none is refused at the start', async (t) => {
  const directory = t.testdir({ 'not.pem': 'nonsense' });
  const options = {
    issuer: 'https://idp.example.org',
    audience: 'a',
    algorithms,
    claims: { subject: 'sub', role: 'roles', roles: null, wards: null, patients: null },
    clock: manualClock(),
    log: createLog('silent'),
  };
  const connect = (name: string) => connectOpenIdProvider({ ...options, caFile: `${directory}/${name}` });
  await t.rejects(connect('none.pem'), { code: 'credential_missing', message: /VITALWIRE_OIDC_CA_FILE/ });
  await t.rejects(connect('not.pem'), { code: 'credential_invalid', message: /VITALWIRE_OIDC_CA_FILE/ });
});
