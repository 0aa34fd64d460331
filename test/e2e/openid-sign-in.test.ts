import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import t, { type Test } from 'tap';
import { acceleratedClock } from '../../src/core/clock.ts';
import { clinicianId, patientId, wardId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import {
  AUDIENCE,
  openIdProvider,
  type TestProvider,
  type TestProviderOptions,
} from '../support/openid-provider.ts';
import { type RawSocket, upgrade } from '../support/raw-device.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';

/** Ten times as fast: what the server bounds at 5 s takes half a second here. */
const SPEED = 10;

/** As a Keycloak realm would be mapped. */
const FROM_CLAIMS = {
  VITALWIRE_OIDC_ROLE_CLAIM: 'realm_access.roles',
  VITALWIRE_OIDC_ROLES: 'nurse=clinician,lead-nurse=charge,it=admin',
  VITALWIRE_OIDC_WARDS_CLAIM: 'wards',
};
const nurse = { sub: 'n1', realm_access: { roles: ['offline_access', 'nurse'] }, wards: ['ward-1'] };

interface World {
  readonly server: RunningServer;
  readonly provider: TestProvider;
  /** A token of the provider as of the server's clock. */
  token(claims?: JWTPayload, options?: Parameters<TestProvider['token']>[1]): Promise<string>;
  feed(token: string): Promise<RawSocket | RestAnswer>;
}

async function world(
  t: Test,
  options: TestProviderOptions = {},
  environment: Readonly<Record<string, string>> = FROM_CLAIMS,
): Promise<World> {
  const provider = await openIdProvider(t, options);
  const clock = acceleratedClock(SPEED);
  const caFile = join(t.testdir(), 'provider.pem');
  writeFileSync(caFile, provider.ca);
  const server = await runningServer(t, {
    clock,
    environment: {
      VITALWIRE_OIDC_ISSUER: provider.issuer,
      VITALWIRE_OIDC_AUDIENCE: AUDIENCE,
      VITALWIRE_OIDC_CA_FILE: caFile,
      ...environment,
    },
  });
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
    token: (claims = nurse, more = {}) => provider.token(claims, { now: clock.now(), ...more }),
    feed: (token) =>
      upgrade(
        server.clinicianUrl,
        { ca: readFileSync(join(server.directory, 'certs', 'root-ca.crt')) },
        { authorization: `Bearer ${token}`, protocols: ['vitalwire.feed.v1.json'], path: '/v1/feed' },
      ),
  };
}

function open(answer: RawSocket | RestAnswer): RawSocket {
  if ('status' in answer) throw new Error(`refused: ${answer.status} ${answer.text}`);
  return answer;
}

const health = async (server: RunningServer) =>
  (await rest(server, null, '/readyz')).body as {
    state: string;
    parts: Record<string, { state: string; detail: string }>;
  };
const patients = ({ body }: RestAnswer) =>
  (body.patients as { id: string }[] | undefined)?.map(({ id }) => id);
/** Resolves when the server has the provider's keys. */
const answered = ({ server }: World) =>
  eventually(async () => (await health(server)).parts.identity_provider?.state === 'ok');
const snapshots = ({ frames }: RawSocket) =>
  frames
    .filter(({ type }) => type === 'snapshot')
    .map((frame) => (frame.patients as { patient: string }[]).map(({ patient }) => patient));

t.test('role and wards come from the token, for somebody the registry does not know', async (t) => {
  const here = await world(t);
  const { server, token, feed } = here;
  await answered(here);
  await eventually(async () => patients(await rest(server, await token(), '/v1/patients'))?.length);
  t.same(patients(await rest(server, await token(), '/v1/patients')), ['p-1']);
  t.match(await rest(server, await token(), '/v1/patients/p-2'), {
    status: 403,
    body: { code: 'patient_forbidden' },
  });
  t.match(await rest(server, await token(), '/v1/devices'), {
    status: 403,
    body: { code: 'role_forbidden' },
  });
  const lead = await token({ ...nurse, sub: 'n2', realm_access: { roles: ['lead-nurse'] } });
  t.match(await rest(server, lead, '/v1/devices'), { status: 200 });
  for (const roles of [[], ['doctor'], ['clinician'], 'admin'])
    t.match(await rest(server, await token({ ...nurse, realm_access: { roles } }), '/v1/patients'), {
      status: 403,
      body: { code: 'role_forbidden' },
    });

  const socket = open(await feed(await token()));
  socket.send({ type: 'subscribe' });
  await socket.frame('snapshot');
  t.same(snapshots(socket).at(-1), ['p-1']);
  const refresh = async (id: string, claims: JWTPayload) => {
    socket.send({ type: 'refresh', id, token: await token(claims) });
    return eventually(() => socket.frames.find((frame) => frame.type === 'result' && frame.id === id));
  };
  t.match(await refresh('wider', { ...nurse, wards: ['ward-1', 'ward-2'] }), { ok: true });
  t.same(snapshots(socket).at(-1), ['p-1', 'p-2'], 'a refresh brings the new scope at once');
  t.match(await refresh('narrower', { ...nurse, wards: ['ward-2'] }), { ok: true });
  t.same(snapshots(socket).at(-1), ['p-2']);
  t.match(await refresh('another', { ...nurse, sub: 'n2' }), { ok: false, code: 'token_invalid' });
  t.match(await refresh('expired', { ...nurse, exp: 1 }), { ok: false, code: 'token_invalid' });

  const entry = { id: clinicianId('n1'), role: 'charge', wards: [], patients: [], active: true } as const;
  const before = snapshots(socket).length;
  await server.registry.putClinician(entry);
  await eventually(() => snapshots(socket).length > before);
  t.same(snapshots(socket).at(-1), ['p-2'], "the registry's entry does not widen what the token says");
  await server.registry.putClinician({ ...entry, active: false });
  t.match(await socket.closed, { code: 4403 }, 'but whom it has as inactive is out');
  t.match(await rest(server, await token(), '/v1/patients'), {
    status: 403,
    body: { code: 'clinician_inactive' },
  });
});

t.test('without mapped claims the registry says what somebody may do, and must know them', async (t) => {
  const here = await world(t, { plain: true }, { VITALWIRE_OIDC_CA_FILE: '' });
  const { server, token, feed } = here;
  await answered(here);
  t.match(await rest(server, await token(), '/v1/patients'), {
    status: 401,
    body: { code: 'clinician_unknown' },
  });
  t.match((await rest(server, null, '/v1/sign-in')).body, { openid: null });
  t.match(await rest(server, null, '/v1/sign-in/openid'), { status: 404 }, 'the console is not a client');
  const builtIn = await server.token('n1', { wards: ['ward-2'] });
  t.same(patients(await rest(server, builtIn, '/v1/patients')), ['p-2'], 'the same person, either way');
  t.same(patients(await rest(server, await token(), '/v1/patients')), ['p-2']);
  const socket = open(await feed(await token()));
  socket.send({ type: 'subscribe' });
  await socket.frame('snapshot');
  t.same(snapshots(socket).at(-1), ['p-2']);
  await server.token('n1', { wards: ['ward-1'] });
  await eventually(() => snapshots(socket).at(-1)?.includes('p-1'));
  t.same(snapshots(socket).at(-1), ['p-1'], 'a change there reaches the open feed');
  socket.socket.terminate();
});

t.test('bad tokens of the provider are refused on REST and before the 101 of the feed', async (t) => {
  const here = await world(t);
  const { server, provider, token, feed } = here;
  await answered(here);
  const stranger = provider.newKey();
  const good = await token();
  const cases: Readonly<Record<string, readonly [string, number, string]>> = {
    'of another audience': [await token({ ...nurse, aud: 'another' }), 401, 'token_invalid'],
    'of another issuer': [await token({ ...nurse, iss: 'https://evil.example' }), 401, 'token_invalid'],
    'with our own issuer': [
      await token({ ...nurse, iss: 'https://vitalwire.example' }),
      401,
      'token_invalid',
    ],
    expired: [await token({ ...nurse, exp: 1 }), 401, 'token_expired'],
    'signed by a stranger': [
      await token(nurse, { key: { ...stranger, kid: provider.keys[0]!.kid } }),
      401,
      'token_invalid',
    ],
    'with a jku of its own': [
      await token(nurse, { header: { jku: 'https://evil.example/keys' } }),
      401,
      'token_invalid',
    ],
    'of type dpop+jwt': [await token(nurse, { header: { typ: 'dpop+jwt' } }), 401, 'token_invalid'],
    'its signature cut off': [good.replace(/[^.]+$/, ''), 401, 'token_invalid'],
    'of nobody': [await token({ ...nurse, sub: '' }), 401, 'token_invalid'],
    'without a role': [await token({ ...nurse, realm_access: {} }), 403, 'role_forbidden'],
  };
  for (const [name, [bad, status, code]] of Object.entries(cases)) {
    t.match(await rest(server, bad, '/v1/patients'), { status, body: { code } }, `REST, ${name}`);
    t.match(await feed(bad), { status, body: { code } }, `feed, ${name}`);
  }
  open(await feed(good)).socket.terminate();
  t.notMatch(server.log.join('\n'), good.split('.')[2] ?? '', 'no token in the log');
});

t.test('a provider that is down at the start keeps nobody out but its own people', async (t) => {
  const here = await world(t, { stopped: true }, { ...FROM_CLAIMS, VITALWIRE_OIDC_CLIENT_ID: 'console' });
  const { server, provider, token, feed } = here;
  const good = await goodDevice(server);
  const builtIn = await server.token('nurse-1');
  t.match(await rest(server, await token(), '/v1/patients'), {
    status: 503,
    body: { code: 'identity_provider_unavailable' },
    headers: { 'content-type': /problem\+json/ },
  });
  t.match(await feed(await token()), { status: 503, body: { code: 'identity_provider_unavailable' } });
  t.match(await rest(server, builtIn, '/v1/patients'), { status: 200 });
  t.match(await rest(server, null, '/v1/sign-in/openid'), {
    status: 503,
    headers: { 'content-type': /text\/html/, 'set-cookie': undefined },
    text: /does not answer as it should.*identity_provider_unavailable/,
  });
  t.match(await health(server), {
    state: 'degraded',
    parts: { identity_provider: { state: 'degraded', detail: /^provider_unreachable; no keys/ } },
  });
  t.match((await rest(server, null, '/metrics')).text, /^vitalwire_identity_provider_keys 0$/m);
  await good.goesOn(t);

  const socket = open(await feed(builtIn));
  socket.send({ type: 'refresh', id: '1', token: await token({ ...nurse, sub: 'nurse-1' }) });
  t.match(await socket.frame('result'), { ok: false, code: 'identity_provider_unavailable' });
  socket.socket.terminate();

  await provider.start();
  await eventually(async () => (await rest(server, await token(), '/v1/patients')).status === 200, 15_000);
  t.match((await health(server)).parts.identity_provider, { state: 'ok', detail: /^1 keys, / });
  t.match(await rest(server, null, '/v1/sign-in/openid'), {
    status: 302,
    headers: { location: new RegExp(`^${provider.issuer}/authorize`) },
  });
  t.match((await rest(server, null, '/metrics')).text, /^vitalwire_identity_provider_keys 1$/m);
});

t.test(
  'new keys of the provider are taken up, its failures later are borne, floods cost it little',
  async (t) => {
    const here = await world(t);
    const { server, provider, token } = here;
    const good = await goodDevice(server);
    await answered(here);
    const status = async (key = provider.keys[0]!) => {
      const { status, body } = await rest(server, await token(nurse, { key }), '/v1/patients');
      return [status, body.code];
    };
    t.same(await status(), [200, undefined]);

    const before = provider.fetches;
    const begun = performance.now();
    const stranger = provider.newKey();
    for (let round = 0; round < 10; round++) {
      const flood = await Promise.all(
        Array.from({ length: 20 }, (_, i) => status({ ...stranger, kid: `kid-${round}-${i}` })),
      );
      t.same([...new Set(flood.map(([code]) => code))], [401]);
    }
    // One an interval of 10 s, on a clock that is ten times as fast.
    const intervals = Math.floor((performance.now() - begun) / 1_000) + 1;
    t.ok(
      provider.fetches - before <= intervals,
      `${provider.fetches - before} fetches in ${intervals} intervals`,
    );

    const next = provider.newKey('ES256');
    provider.keys = [...provider.keys, next];
    await eventually(async () => (await status(next))[0] === 200);
    t.same(await status(), [200, undefined], 'the former key is still published');

    provider.mode = 'hanging';
    const late = performance.now();
    await eventually(async () => {
      const found = await status(stranger);
      return found[1] === 'identity_provider_unavailable';
    });
    t.ok(performance.now() - late < 4_000, 'half a second of waiting, not a hang');
    t.match((await health(server)).parts.identity_provider, {
      state: 'degraded',
      detail: /^provider_timeout; 2 keys/,
    });
    t.same(await status(), [200, undefined], 'known keys go on without it');
    t.same(await status(next), [200, undefined]);
    await good.goesOn(t);
  },
);
