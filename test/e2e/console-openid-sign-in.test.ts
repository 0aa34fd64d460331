import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { openIdProvider, type TestProvider } from '../support/openid-provider.ts';
import { ask } from '../support/raw-device.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';
import { Visitor } from '../support/visitor.ts';

const SIGN_IN = '__Host-vitalwire_sign_in';
const SESSION = '__Host-vitalwire_session';
const CALLBACK = '/v1/sign-in/openid/callback';
const SECRET = 'canary-client-secret';
const nurse: JWTPayload = { sub: 'n1', roles: ['nurse'], wards: ['ward-1'] };

interface World {
  readonly server: RunningServer;
  readonly provider: TestProvider;
  /** Asks to sign in, and signs in at the provider. @returns the URL that it leads back to */
  toCallback(browser: Visitor, path?: string): Promise<URL>;
}

async function world(t: Test): Promise<World> {
  const provider = await openIdProvider(t);
  const caFile = join(t.testdir(), 'provider.pem');
  writeFileSync(caFile, provider.ca);
  const server = await runningServer(t, {
    environment: {
      VITALWIRE_OIDC_ISSUER: provider.issuer,
      VITALWIRE_OIDC_CLIENT_ID: 'console',
      VITALWIRE_OIDC_CLIENT_SECRET: SECRET,
      VITALWIRE_OIDC_NAME: 'Ward sign-on',
      VITALWIRE_OIDC_CA_FILE: caFile,
      VITALWIRE_OIDC_ROLES: 'nurse=clinician,lead-nurse=charge',
      VITALWIRE_OIDC_WARDS_CLAIM: 'wards',
    },
  });
  const { authorization } = provider;
  authorization.client = { id: 'console', secret: SECRET, redirectUri: `${server.clinicianUrl}${CALLBACK}` };
  authorization.person = { claims: nurse, error: null };
  for (const [id, ward] of [
    ['p-1', 'ward-1'],
    ['p-2', 'ward-2'],
  ] as const)
    await server.registry.addPatient({
      id: patientId(id),
      ward: wardId(ward),
      label: `Bed of ${id}`,
      news2: 'scale_1',
    });
  return {
    server,
    provider,
    async toCallback(browser, path = '/v1/sign-in/openid') {
      const begun = await browser.visit(path);
      if (begun.status !== 302) throw new Error(`${begun.status} ${begun.text}`);
      const { headers } = await ask(String(begun.headers.location), { ca: provider.ca });
      return new URL(String(headers.location));
    },
  };
}

/** The first snapshot of a feed that the browser's cookie opens. */
async function patientsOnFeed(server: RunningServer, cookie: string): Promise<readonly string[]> {
  const socket = new WebSocket(
    `${server.clinicianUrl.replace('https', 'wss')}/v1/feed`,
    ['vitalwire.feed.v1.json'],
    {
      ca: readFileSync(join(server.directory, 'certs', 'root-ca.crt')),
      headers: { cookie, origin: server.clinicianUrl },
    },
  );
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe' })));
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString('utf8'));
        if (frame.type === 'snapshot')
          resolve(frame.patients.map(({ patient }: { patient: string }) => patient));
      });
    });
  } finally {
    socket.terminate();
  }
}

/** Claims that a stranger signed, or nobody. */
const forged = (header: object, claims: JWTPayload, signature: (input: string) => string): string => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signature(input)}`;
};

t.test('sign-in at the console through the provider', async (t) => {
  const here = await world(t);
  const { server, provider, toCallback } = here;
  const { authorization } = provider;
  const secrets: string[] = [SECRET];

  /** @returns patients whom the session's cookie shows */
  async function signsIn(t: Test, path?: string): Promise<RestAnswer> {
    const browser = new Visitor(server);
    const answer = await browser.visit((await toCallback(browser, path)).href);
    t.equal(answer.status, 200, answer.text);
    t.match(await browser.visit('/v1/session'), {
      status: 200,
      body: { clinician: 'n1', role: 'clinician', wards: ['ward-1'] },
    });
    return answer;
  }

  /** That an answer of the callback signs nobody in, and says so to whoever looks at it. */
  function refused(t: Test, browser: Visitor, answer: RestAnswer, name: string, code = 'sign_in_failed') {
    t.equal(answer.status, code === 'identity_provider_unavailable' ? 503 : 403, name);
    t.match(answer.headers['content-type'], 'text/html', name);
    t.match(answer.text, new RegExp(code), name);
    t.match(answer.text, /href="\/sign-in"/, name);
    t.notOk(browser.cookies.has(SESSION), `${name}: no session`);
  }

  t.test('the good way', async (t) => {
    t.match((await rest(server, null, '/v1/sign-in')).body, { openid: { name: 'Ward sign-on' } });
    const browser = new Visitor(server);
    const begun = await browser.visit('/v1/sign-in/openid?return=/patients/p-1');
    t.equal(begun.status, 302);
    t.match(begun.headers['cache-control'], 'no-store');
    const [cookie = ''] = [begun.headers['set-cookie'] ?? []].flat();
    t.match(
      cookie,
      /^__Host-vitalwire_sign_in=[\w-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const callback = await toCallback(browser, '/v1/sign-in/openid?return=/patients/p-1');
    secrets.push(String(callback.searchParams.get('code')));
    const answer = await browser.visit(callback.href);
    secrets.push(String(authorization.asked.get('code_verifier')));
    t.equal(answer.status, 200, answer.text);
    t.match(answer.text, '<meta http-equiv="refresh" content="0;url=/patients/p-1">');
    t.match(answer.text, '<a href="/patients/p-1">');
    t.notMatch(answer.text, /<script/i);
    t.match(answer.headers, {
      'content-security-policy': /^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'/,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const set = [answer.headers['set-cookie'] ?? []].flat().find((line) => line.startsWith(SESSION));
    t.match(set, /; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    t.same([...browser.cookies.keys()], [SESSION], 'the transaction is over');
    t.match(await browser.visit('/v1/session'), {
      status: 200,
      body: { clinician: 'n1', role: 'clinician', wards: ['ward-1'] },
    });
    t.same(await patientsOnFeed(server, browser.cookie), ['p-1']);

    authorization.person = { claims: { ...nurse, roles: ['lead-nurse'] }, error: null };
    const lead = new Visitor(server);
    await lead.visit((await toCallback(lead)).href);
    t.match((await lead.visit('/v1/session')).body, { clinician: 'n1', role: 'charge' });
    authorization.person = { claims: nurse, error: null };
  });

  t.test('0 answers of another sign-in, another browser, another time or another provider', async (t) => {
    const cases: Readonly<Record<string, (url: URL, browser: Visitor) => Promise<unknown> | unknown>> = {
      'another state': (url) => url.searchParams.set('state', randomUUID()),
      'no state': (url) => url.searchParams.delete('state'),
      'an empty state': (url) => url.searchParams.set('state', ''),
      'two states': (url) => url.searchParams.append('state', 'x'),
      'no transaction': (_url, browser) => browser.cookies.clear(),
      'a damaged transaction': (_url, browser) =>
        browser.cookies.set(SIGN_IN, `A${browser.cookies.get(SIGN_IN)?.slice(1)}`),
      'the transaction of somebody else': async (_url, browser) => {
        const other = new Visitor(server);
        await other.visit('/v1/sign-in/openid');
        browser.cookies.set(SIGN_IN, other.cookies.get(SIGN_IN) ?? '');
      },
      'the answer that another browser got (login CSRF)': async (url) => {
        url.search = (await toCallback(new Visitor(server))).search;
      },
      // With the browser's own state: nothing but PKCE and the nonce tell.
      'the code that another browser got': async (url) => {
        const other = await toCallback(new Visitor(server));
        url.searchParams.set('code', other.searchParams.get('code') ?? '');
      },
      'a code that was used': async (url) => {
        const other = new Visitor(server);
        const used = await toCallback(other);
        t.equal((await other.visit(used.href)).status, 200, 'the control');
        url.searchParams.set('code', used.searchParams.get('code') ?? '');
      },
      'a code that nobody gave': (url) => url.searchParams.set('code', randomUUID()),
      'no code': (url) => url.searchParams.delete('code'),
      'two codes': (url) => url.searchParams.append('code', 'x'),
      'the issuer of another provider (mix-up)': (url) => url.searchParams.set('iss', 'https://evil.example'),
      'no issuer': (url) => url.searchParams.delete('iss'),
      'tokens in it': (url) => url.searchParams.set('id_token', 'x'),
    };
    for (const [name, change] of Object.entries(cases)) {
      const browser = new Visitor(server);
      const url = await toCallback(browser);
      await change(url, browser);
      refused(t, browser, await browser.visit(url.href), name);
      secrets.push(url.searchParams.get('code') || SECRET);
    }
    const grants = authorization.refusals.filter((error) => error === 'invalid_grant');
    t.equal(grants.length, 3, 'PKCE and codes used or made up were refused by the provider');

    const thief = new Visitor(server);
    const victim = new Visitor(server);
    const url = await toCallback(victim);
    thief.cookies.set(SIGN_IN, victim.cookies.get(SIGN_IN) ?? '');
    const state = new URL(url);
    state.searchParams.set('state', 'x');
    refused(t, victim, await victim.visit(state.href), 'an answer of another state in between');
    t.equal((await victim.visit(url.href)).status, 200, 'which ends nothing');
    refused(t, thief, await thief.visit(url.href), 'the same answer and transaction once more');
    t.equal((await victim.visit(url.href, { method: 'HEAD' })).status, 404, 'looked at only');
    await signsIn(t);
  });

  t.test('0 ID tokens that do not hold', async (t) => {
    const nowS = Math.floor(Date.now() / 1000);
    const stranger = { ...provider.newKey(), kid: provider.keys[0]!.kid };
    const sign = provider.idToken;
    const kid = provider.keys[0]!.kid;
    const { n } = provider.keys[0]!.jwk;
    const cases: Readonly<Record<string, (claims: JWTPayload) => Promise<string> | string>> = {
      'another nonce': (claims) => sign({ ...claims, nonce: randomUUID() }),
      'no nonce': ({ nonce: _, ...claims }) => sign(claims),
      'another audience': (claims) => sign({ ...claims, aud: 'another' }),
      'no audience': (claims) => sign({ ...claims, aud: undefined as never }),
      'another authorized party': (claims) => sign({ ...claims, aud: ['console', 'b'], azp: 'b' }),
      'another issuer': (claims) => sign({ ...claims, iss: 'https://evil.example' }),
      expired: (claims) => sign({ ...claims, exp: nowS - 60 }),
      'just expired': (claims) => sign({ ...claims, iat: nowS - 300, exp: nowS - 1 }),
      'no end': (claims) => sign({ ...claims, exp: undefined as never }),
      'issued in an hour': (claims) => sign({ ...claims, iat: nowS + 3_600, exp: nowS + 7_200 }),
      'not valid yet': (claims) => sign({ ...claims, nbf: nowS + 3_600 }),
      'no subject': ({ sub: _, ...claims }) => sign(claims),
      'a subject that is no id': (claims) => sign({ ...claims, sub: 'n1\n' }),
      'alg none': (claims) => forged({ alg: 'none', typ: 'JWT', kid }, claims, () => ''),
      'alg none with a signature': (claims) => forged({ alg: 'none', kid }, claims, () => 'AAAA'),
      'signed with the client secret': (claims) =>
        forged({ alg: 'HS256', kid }, claims, (input) =>
          createHmac('sha256', SECRET).update(input).digest('base64url'),
        ),
      'signed with the public key': (claims) =>
        forged({ alg: 'HS256', kid }, claims, (input) =>
          createHmac('sha256', String(n)).update(input).digest('base64url'),
        ),
      'signed by a stranger': (claims) => provider.token(claims, { key: stranger }),
      'its signature cut off': async (claims) => (await sign(claims)).replace(/[^.]+$/, ''),
      'claims of another signature': async (claims) => {
        const [header, , signature] = (await sign(claims)).split('.');
        const body = Buffer.from(JSON.stringify({ ...claims, sub: 'boss' })).toString('base64url');
        return `${header}.${body}.${signature}`;
      },
      'a key of its own': (claims) => provider.token(claims, { header: { jwk: stranger.jwk } }),
      'a jku of its own': (claims) => provider.token(claims, { header: { jku: 'https://evil.example' } }),
      'an access token': (claims) => provider.token(claims, { header: { typ: 'at+jwt' } }),
      'a logout token': (claims) => provider.token(claims, { header: { typ: 'logout+jwt' } }),
      'no JWT': () => 'x',
      'too long': (claims) => sign({ ...claims, padding: 'x'.repeat(8_192) }),
    };
    for (const [name, idToken] of Object.entries(cases)) {
      provider.idToken = async (claims) => idToken(claims);
      const browser = new Visitor(server);
      refused(t, browser, await browser.visit((await toCallback(browser)).href), name);
    }
    provider.idToken = sign;
    await signsIn(t);
  });

  t.test('0 people without a right to be here', async (t) => {
    const as = async (claims: JWTPayload, error: string | null = null) => {
      authorization.person = { claims, error };
      const browser = new Visitor(server);
      return [browser, await browser.visit((await toCallback(browser)).href)] as const;
    };
    refused(t, ...(await as({ ...nurse, roles: ['cook'] })), 'no role', 'role_forbidden');
    refused(t, ...(await as(nurse, 'access_denied')), 'not let in by the provider');
    refused(t, ...(await as(nurse, '<script>')), 'an error that is none');
    const away = await as(nurse, 'temporarily_unavailable');
    refused(t, ...away, 'a provider that can not now', 'identity_provider_unavailable');
    const entry = { id: clinicianId('n2'), role: 'clinician', wards: [], patients: [] } as const;
    await server.registry.putClinician({ ...entry, active: false });
    const inactive = await eventually(async () => {
      const [browser, answer] = await as({ ...nurse, sub: 'n2' });
      return answer.status === 403 ? { browser, answer } : null;
    });
    refused(t, inactive.browser, inactive.answer, 'inactive in the registry', 'clinician_inactive');
    authorization.person = { claims: nurse, error: null };
    await signsIn(t);
  });

  t.test('0 ways to another site', async (t) => {
    for (const path of ['//evil.example', '/\\evil.example', '/%2fevil.example', 'https://evil.example']) {
      const answer = await signsIn(t, `/v1/sign-in/openid?return=${encodeURIComponent(path)}`);
      t.match(answer.text, 'content="0;url=/">', path);
      t.notMatch(answer.text, /evil/, path);
    }
    for (const query of ['return=//evil.example', 'return=/%2f/evil.example', 'return=%2F%2Fevil.example']) {
      t.notMatch((await signsIn(t, `/v1/sign-in/openid?${query}`)).text, /evil/, query);
    }
    const browser = new Visitor(server);
    t.match(await browser.visit('/v1/sign-in/openid?return=/a&return=//evil.example'), { status: 400 });
    const forwarded = await browser.visit('/v1/sign-in/openid', { headers: { host: 'evil.example' } });
    t.notMatch(forwarded.headers.location, /evil/, 'the redirect URI is not of the Host that was said');
  });

  t.test('a provider that goes away is told on the page, and mended by itself', async (t) => {
    const browser = new Visitor(server);
    const url = await toCallback(browser);
    await provider.stop();
    refused(t, browser, await browser.visit(url.href), 'down', 'identity_provider_unavailable');
    await provider.start();
    await signsIn(t);
  });

  t.test('no code, verifier, secret or token in the log', async (t) => {
    const log = server.log.join('\n');
    t.match(log, /"event":"denied".*"code":"sign_in_failed"/);
    for (const secret of secrets) t.notOk(log.includes(secret), 'a secret in the log');
    t.notMatch(log, /eyJ/, 'no JWT');
  });

  t.test('one address signs in so often a minute, and no more', async (t) => {
    const browser = new Visitor(server);
    let answer = await browser.visit('/v1/sign-in/openid');
    for (let i = 0; i < 400 && answer.status !== 429; i++) answer = await browser.visit('/v1/sign-in/openid');
    t.match(answer, { status: 429, headers: { 'retry-after': /^[1-9]$/, 'content-type': 'text/html' } });
    t.match(answer.text, /rate_exceeded/);
  });
});
