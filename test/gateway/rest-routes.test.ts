import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { clinicianId, deviceId, patientId, wardId } from '../../src/model/ids.ts';
import { VITALS } from '../../src/model/vital.ts';
import { ask, tokenOf } from '../support/raw-device.ts';
import { type RestAnswer, rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const wearable = await server.wearable('watch-1', 'p-1');
await server.wearable('watch-2');
await server.registry.addPatient({
  id: patientId('p-far'),
  ward: wardId('ward-2'),
  label: 'Bed far away',
  news2: 'scale_1',
});
const nurse = await server.token('nurse-1');
const charge = await server.token('charge-1', { role: 'charge' });
const admin = await server.token('admin-1', { role: 'admin', wards: ['ward-1', 'ward-2'] });
const get = (path: string, token: string | null = nurse): Promise<RestAnswer> => rest(server, token, path);
const ca = readFileSync(join(server.directory, 'certs/root-ca.crt'));

const begin = Math.floor((Date.now() - 600_000) / 60_000) * 60_000;
const client = server.client(wearable);
for (let i = 0; i < 120; i++)
  client.sendVitals([{ t: begin + i * 1_000, heart_rate: 60 + (i % 10), spo2: 97 }]);
await client.drain({ timeoutMs: 10_000 });
await server.app.drained();

/** Asserts problem details by RFC 9457 with everything this project adds. */
function isProblem(t: Test, answer: RestAnswer, status: number, code: string, name: string): void {
  t.equal(answer.status, status, `${name}: ${answer.text.slice(0, 200)}`);
  t.match(answer.headers['content-type'], /^application\/problem\+json/, name);
  t.match(
    answer.body,
    { type: `urn:vitalwire:error:${code}`, title: /\S/, status, detail: /\S/, code, cure: /\S/ },
    name,
  );
  t.equal(answer.headers['www-authenticate'] !== undefined, status === 401 || status === 403, name);
}

t.test('patients: those in scope, by ward or by name; an admin sees none', async (t) => {
  t.same((await get('/v1/patients')).body, {
    patients: [{ id: 'p-1', ward: 'ward-1', label: 'Bed of p-1', news2: 'scale_1' }],
  });
  t.same((await get('/v1/patients', admin)).body, { patients: [] });
  await server.registry.putClinician({
    id: clinicianId('guest-1'),
    role: 'clinician',
    wards: [],
    patients: [patientId('p-far')],
    active: true,
  });
  const guest = await server.token('guest-2', { wards: [] });
  t.same((await get('/v1/patients', guest)).body, { patients: [] });
});

t.test("another ward's patient cannot be told from one that does not exist", async (t) => {
  for (const path of ['', '/vitals?vital=spo2', '/waveforms?signal=ecg_i', '/alarms']) {
    const far = await get(`/v1/patients/p-far${path}`);
    const none = await get(`/v1/patients/p-xyz${path}`);
    isProblem(t, far, 403, 'patient_forbidden', path);
    t.equal(far.text.replaceAll('p-far', 'X'), none.text.replaceAll('p-xyz', 'X'), 'the same words');
    const visible = ({ headers }: RestAnswer) => ({ ...headers, date: null });
    t.same(visible(far), visible(none), 'the same headers');
    isProblem(t, await get(`/v1/patients/p-1${path}`, admin), 403, 'patient_forbidden', `admin ${path}`);
  }
});

t.test('history: single values, buckets, and the units of the catalogue', async (t) => {
  const range = `from=${begin}&to=${begin + 120_000}`;
  const values = await get(`/v1/patients/p-1/vitals?vital=heart_rate&${range}`);
  t.match(values.body, {
    patient: 'p-1',
    vital: 'heart_rate',
    unit: VITALS.heart_rate.unit,
    from: begin,
    to: begin + 120_000,
    truncated: false,
  });
  const rows = values.body.values as { t: number; value: number; device: string }[];
  t.equal(rows.length, 120);
  t.match(rows[0], { t: begin, device: 'watch-1', value: 60 });
  const buckets = await get(`/v1/patients/p-1/vitals?vital=heart_rate&${range}&resolution=1m`);
  t.same(buckets.body.buckets, [
    { t: begin, min: 60, mean: 64.5, max: 69, count: 60 },
    { t: begin + 60_000, min: 60, mean: 64.5, max: 69, count: 60 },
  ]);
  t.equal(buckets.body.values, undefined);
  const half = await get(`/v1/patients/p-1/vitals?vital=spo2&from=${begin + 1_000}&to=${begin + 3_000}`);
  t.same(
    (half.body.values as { t: number }[]).map((row) => row.t),
    [begin + 1_000, begin + 2_000],
    'from inclusive, to exclusive',
  );
  t.match((await get(`/v1/patients/p-1/vitals?vital=glucose&${range}`)).body, { values: [] });
});

t.test('what is wrong with a query is said with 400', async (t) => {
  const vitals = '/v1/patients/p-1/vitals';
  const cases: Readonly<Record<string, RegExp>> = {
    [vitals]: /vital/,
    [`${vitals}?vital=blood_alcohol`]: /heart_rate/,
    [`${vitals}?vital=__proto__`]: /heart_rate/,
    [`${vitals}?vital=spo2&from=yesterday`]: /from/,
    [`${vitals}?vital=spo2&from=1.5`]: /from/,
    [`${vitals}?vital=spo2&from=2&to=1`]: /from 2 must be before to 1/,
    [`${vitals}?vital=spo2&from=1&to=1`]: /before/,
    [`${vitals}?vital=spo2&from=-1`]: /from/,
    [`${vitals}?vital=spo2&to=9e99`]: /to/,
    [`${vitals}?vital=spo2&to=9007199254740993`]: /to/,
    [`${vitals}?vital=spo2&resolution=5`]: /resolution "5" must be/,
    [`${vitals}?vital=spo2&resolution=0s`]: /resolution/,
    [`${vitals}?vital=spo2&resolution=5y`]: /resolution/,
    [`${vitals}?vital=spo2&resolution=`]: /resolution/,
    [`${vitals}?vital=spo2&from=0&to=86400000&resolution=1ms`]: /more than 10000 buckets/,
    '/v1/patients/p-1/waveforms?signal=eeg': /ecg_i/,
    '/v1/patients/p-1/alarms?limit=0': /limit/,
    '/v1/patients/p-1/alarms?limit=1001': /limit/,
    '/v1/patients/%20': /id/,
    [`/v1/patients/${'x'.repeat(200)}`]: /./,
    '/v1/patients/%zz': /./,
  };
  for (const [path, detail] of Object.entries(cases)) {
    const answer = await get(path);
    isProblem(t, answer, 400, 'invalid_request', path);
    t.match(answer.body.detail, detail, path);
  }
});

t.test('who asks is looked at before what is asked', async (t) => {
  for (const path of [
    '/v1/patients',
    '/v1/patients/p-1',
    '/v1/patients/p-1/vitals?vital=nonsense',
    '/v1/devices',
  ])
    isProblem(t, await get(path, null), 401, 'token_missing', path);
  await server.registry.putClinician({
    id: clinicianId('nurse-gone'),
    role: 'clinician',
    wards: [wardId('ward-1')],
    patients: [],
    active: true,
  });
  const gone = await server.token('nurse-gone');
  t.equal((await get('/v1/patients', gone)).status, 200);
  await server.registry.putClinician({
    id: clinicianId('nurse-gone'),
    role: 'clinician',
    wards: [wardId('ward-1')],
    patients: [],
    active: false,
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  isProblem(t, await get('/v1/patients', gone), 403, 'clinician_inactive', 'a person who left');
});

t.test('alarms of a patient, and where the patient stands now', async (t) => {
  const now = await get('/v1/patients/p-1');
  t.match(now.body, { patient: 'p-1', devices: [{ device: 'watch-1', presence: String }], alarms: [] });
  t.match((await get('/v1/patients/p-1/alarms')).body, { alarms: [] });
});

t.test('devices: charge and admin only, with wearer, connection and certificate', async (t) => {
  isProblem(t, await get('/v1/devices'), 403, 'role_forbidden', 'a clinician');
  for (const token of [charge, admin]) {
    const { status, body } = await get('/v1/devices', token);
    t.equal(status, 200);
    const devices = body.devices as Record<string, unknown>[];
    t.match(
      devices.find(({ id }) => id === 'watch-1'),
      { status: 'active', patient: 'p-1', connected: true, certificate_expires: Number },
    );
    t.match(
      devices.find(({ id }) => id === 'watch-2'),
      { patient: null, connected: false },
    );
  }
  await server.registry.setDeviceStatus(deviceId('watch-2'), 'suspended');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { body } = await get('/v1/devices', admin);
  t.match(
    (body.devices as { id: string }[]).find(({ id }) => id === 'watch-2'),
    { status: 'suspended' },
  );
});

t.test('what is not there, not so, too much, or not a WebSocket is problem details as well', async (t) => {
  const send = (method: string, path: string) =>
    ask(`${server.clinicianUrl}${path}`, { ca, method, headers: { authorization: `Bearer ${nurse}` } });
  isProblem(t, await get('/nothing'), 404, 'not_found', 'a path that is not there');
  isProblem(t, await send('DELETE', '/v1/patients'), 404, 'not_found', 'a method that is not there');
  isProblem(t, await get('/v1/feed'), 426, 'upgrade_required', 'the feed by GET');
  t.equal((await get('/v1/feed')).headers.upgrade, 'websocket');
  isProblem(t, await get('/v1/feed', null), 401, 'token_missing', 'the feed by nobody');
});

t.test('jwks holds public keys only, on both listeners, and they are the ones that sign', async (t) => {
  const clinicians = await get('/.well-known/jwks.json', null);
  const devices = await ask(`${server.deviceUrl}/.well-known/jwks.json`, { ...wearable });
  t.equal(clinicians.status, 200);
  t.same(clinicians.body, devices.body);
  const keys = clinicians.body.keys as Record<string, string>[];
  for (const key of keys) {
    t.match(key, { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: /\S/ });
    t.notOk('d' in key, 'no private part');
  }
  const [head = ''] = (await tokenOf(server, wearable)).split('.');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  t.ok(keys.some((key) => key.kid === kid));
});

t.test('openapi.json describes every REST route', async (t) => {
  const { status, body } = await get('/openapi.json', null);
  t.equal(status, 200);
  t.match(body, { openapi: /^3\.1/, info: { title: 'Vitalwire clinician listener' } });
  const paths = Object.keys(body.paths as object).sort();
  for (const path of [
    '/healthz',
    '/metrics',
    '/readyz',
    '/v1/devices',
    '/v1/patients',
    '/v1/patients/{id}',
    '/v1/patients/{id}/alarms',
    '/v1/patients/{id}/vitals',
    '/v1/patients/{id}/waveforms',
  ])
    t.ok(paths.includes(path), path);
});
