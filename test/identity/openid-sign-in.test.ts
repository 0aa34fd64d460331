import { request } from 'node:https';
import { inspect } from 'node:util';
import t, { type Test } from 'tap';
import { acceleratedClock } from '../../src/core/clock.ts';
import { connectOpenIdProvider } from '../../src/identity/openid-provider.ts';
import { type OpenIdClient, OpenIdSignIn } from '../../src/identity/openid-sign-in.ts';
import { createLog } from '../../src/observe/log.ts';
import { openIdProvider, type ProviderMode, type TestProvider } from '../support/openid-provider.ts';

const REDIRECT = 'https://vitals.example.org/v1/sign-in/openid/callback';
/** What takes 5 s takes a quarter of one. */
const SPEED = 20;

async function world(t: Test, client: Partial<OpenIdClient> = {}) {
  const provider = await openIdProvider(t);
  const clock = acceleratedClock(SPEED);
  provider.now = () => clock.now();
  const { clientId = 'console', secret = null } = client;
  provider.authorization.client = { id: clientId, secret, redirectUri: REDIRECT };
  const connected = await connectOpenIdProvider({
    issuer: provider.issuer,
    audience: null,
    algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    claims: { subject: 'sub', role: 'roles', roles: null, wards: 'wards', patients: null },
    caFile: `${t.testdir({ 'ca.pem': provider.ca })}/ca.pem`,
    clock,
    log: createLog('silent'),
  });
  t.teardown(() => connected[Symbol.dispose]());
  const signIn = new OpenIdSignIn({
    provider: connected,
    client: { clientId, secret, scopes: ['openid', 'wards'], redirectUri: () => REDIRECT, ...client },
    clock,
  });
  return { provider, signIn };
}

/** What the provider sends the browser back with, from the `?` on. */
function atProvider({ ca }: TestProvider, url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ca, agent: false }, (response) => {
      response.resume();
      const { location } = response.headers;
      if (location === undefined) reject(new Error(`refused: ${response.statusCode}`));
      else resolve(new URL(location).search);
    });
    call.on('error', reject);
    call.end();
  });
}

async function signedIn({ provider, signIn }: Awaited<ReturnType<typeof world>>) {
  const { url, transaction } = await signIn.begin();
  return signIn.complete(await atProvider(provider, url), { ...transaction, returnTo: '/' });
}

t.test('the request is one of OpenID Connect with PKCE, and nothing in it is used twice', async (t) => {
  const { provider, signIn } = await world(t);
  const [one, other] = [await signIn.begin(), await signIn.begin()];
  t.equal(`${one.url.origin}${one.url.pathname}`, `${provider.issuer}/authorize`);
  const asked = Object.fromEntries(one.url.searchParams);
  t.match(asked, {
    response_type: 'code',
    client_id: 'console',
    redirect_uri: REDIRECT,
    scope: 'openid wards',
    code_challenge_method: 'S256',
    state: one.transaction.state,
    nonce: one.transaction.nonce,
  });
  t.notMatch(one.url.href, one.transaction.verifier);
  for (const name of ['state', 'nonce', 'verifier'] as const) {
    t.match(one.transaction[name], /^[\w-]{43}$/, `256 bits of ${name}`);
    t.not(one.transaction[name], other.transaction[name]);
  }
});

t.test('a client shows its secret as the provider takes it; one without shows none', async (t) => {
  const secret = 'a b+c:%"';
  for (const method of ['client_secret_basic', 'client_secret_post', null] as const) {
    const here = await world(t, { secret: method === null ? null : secret });
    const { authorization } = here.provider;
    here.provider.metadata = { token_endpoint_auth_methods_supported: [method] };
    if (method === 'client_secret_post') authorization.client = { ...authorization.client, secret: null };
    t.match(await signedIn(here), { id: 'n1' }, `${method}`);
    t.equal(authorization.asked.get('client_secret'), method === 'client_secret_post' ? secret : null);
    t.equal(authorization.asked.get('client_id'), method === 'client_secret_basic' ? null : 'console');
  }
});

t.test('an ID token of each algorithm that is allowed holds', async (t) => {
  const here = await world(t);
  const { provider } = here;
  const keys = (['ES256', 'PS256', 'EdDSA'] as const).map((algorithm) => provider.newKey(algorithm));
  provider.keys = [...provider.keys, ...keys];
  for (const key of provider.keys) {
    provider.idToken = (claims) => provider.token(claims, { key });
    t.match(await signedIn(here), { id: 'n1', role: null, scope: { wards: [] } }, key.algorithm);
  }
  provider.idToken = (claims) => provider.token(claims, { header: { typ: undefined } });
  t.match(await signedIn(here), { id: 'n1' }, 'without a type');
});

t.test(
  'a provider that does not answer as it should is away, in time, and no secret is in the error',
  async (t) => {
    const here = await world(t, { secret: 'canary-secret' });
    const { provider, signIn } = here;
    const modes: readonly ProviderMode[] = [
      'failing',
      'hanging',
      'dripping',
      'huge',
      'redirecting',
      'not_json',
    ];
    for (const mode of modes) {
      const { url, transaction } = await signIn.begin();
      const query = await atProvider(provider, url);
      provider.mode = mode;
      const begun = performance.now();
      const failed = await signIn.complete(query, { ...transaction, returnTo: '/' }).catch((error) => error);
      t.equal(failed.code, 'identity_provider_unavailable', mode);
      t.ok(performance.now() - begun < 3_000, `${mode}: in time`);
      const { verifier } = transaction;
      const code = new URLSearchParams(query).get('code') ?? '';
      const told = inspect(failed, { depth: 9, showHidden: true });
      t.notMatch(told, /canary/, mode);
      t.notOk(told.includes(code) || told.includes(verifier), `${mode}: neither code nor verifier`);
      provider.mode = 'good';
    }
    t.match(await signedIn(here), { id: 'n1' }, 'the control');

    provider.authorization.client = { ...provider.authorization.client, secret: 'another' };
    await t.rejects(signedIn(here), { code: 'identity_provider_unavailable', message: /invalid_client/ });
  },
);

t.test('without endpoints in its document nobody can sign in, and that is told', async (t) => {
  const { provider, signIn } = await world(t);
  provider.metadata = { token_endpoint: undefined };
  await t.rejects(signIn.begin(), {
    code: 'identity_provider_unavailable',
    message: /names no https endpoints/,
  });
});
