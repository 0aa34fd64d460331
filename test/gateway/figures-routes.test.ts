import t from 'tap';
import { patientId, wardId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const wearable = await server.wearable('watch-1', 'p-1');
await server.wearable('watch-2', 'p-2');
const nurse = await server.token('nurse-1');
const far = { id: patientId('p-far'), ward: wardId('ward-2'), label: 'Bed far away', news2: 'off' as const };
await server.registry.addPatient(far);
const get = (path: string, token: string | null = nurse) => rest(server, token, path);

const begin = Date.now() - 8_000;
const client = server.client(wearable);
for (let i = 0; i < 8; i++) client.sendVitals([{ t: begin + i * 1_000, heart_rate: 170, spo2: 97 }]);
await client.drain({ timeoutMs: 10_000 });
const ward = '/v1/wards/ward-1/key-figures';
await eventually(async () => {
  const { body } = await get(ward);
  return (body.physiological as { annunciations: number } | undefined)?.annunciations === 1;
});

t.test('a ward: what sounded, per patient and day, over the last 24 h', async (t) => {
  const { status, body } = await get(ward);
  t.equal(status, 200);
  t.match(body, {
    ward: 'ward-1',
    whole_ward: true,
    patients: 2,
    physiological: { annunciations: 1, per_patient_day: 0.5, by_priority: { high: { count: 1, share: 1 } } },
    floods: { count: 0, ms: 0 },
    truncated: false,
  });
  t.equal(Number(body.to) - Number(body.from), 86_400_000);
  t.match((body.top_conditions as unknown[])[0], { condition: 'heart_rate:high', kind: 'physiological' });
  const before = await get(`${ward}?from=${begin - 60_000}&to=${begin}`);
  t.match(before.body, { physiological: { annunciations: 0 } }, 'before it was raised');
});

t.test('a patient: their own alarms alone', async (t) => {
  t.match((await get('/v1/patients/p-1/key-figures')).body, {
    physiological: { annunciations: 1 },
    patients: 1,
  });
  t.match((await get('/v1/patients/p-2/key-figures')).body, { physiological: { annunciations: 0 } });
});

t.test('who may not watch learns nothing; who sees part of a ward is told so', async (t) => {
  for (const path of ['/v1/patients/p-far/key-figures', '/v1/patients/none/key-figures'])
    t.match(await get(path), { status: 403, body: { code: 'patient_forbidden' } }, path);
  for (const path of ['/v1/wards/ward-2/key-figures', '/v1/wards/none/key-figures'])
    t.match(await get(path), { status: 403, body: { code: 'ward_forbidden' } }, path);
  const admin = await server.token('admin-1', { role: 'admin' });
  t.match(await get(ward, admin), { status: 403 }, 'an admin sees no alarms');
  t.match(await get(ward, null), { status: 401 });
  const guest = await server.token('guest-1', { wards: [] });
  const known = server.registry.clinicians().find(({ id }) => id === 'guest-1')!;
  await server.registry.putClinician({ ...known, patients: [patientId('p-2')] });
  await eventually(async () => (await get(ward, guest)).status === 200);
  const part = await get(ward, guest);
  t.match(part.body, { whole_ward: false, patients: 1, physiological: { annunciations: 0 } });
});

t.test('a range is at most 31 days, and begins before it ends', async (t) => {
  const day = 86_400_000;
  const now = Date.now();
  t.equal((await get(`${ward}?from=${now - 30 * day}`)).status, 200);
  for (const query of [`from=${now - 32 * day}`, `from=${now + day}`, 'from=5&to=5', 'from=x', 'to=-1'])
    t.match(await get(`${ward}?${query}`), { status: 400, body: { code: 'invalid_request' } }, query);
});

t.test('metrics: of every ward, from the log after a restart', async (t) => {
  const line = /^vitalwire_ward_alarms_per_patient_day\{ward="ward-1"\} (?:0\.5|[1-9])$/m;
  await server.restart();
  const { text } = await get('/metrics', null);
  t.match(text, line);
  t.match(text, /^vitalwire_ward_alarm_share\{ward="ward-1",priority="high"\} 1$/m);
  t.match(text, /^vitalwire_ward_alarm_floods\{ward="ward-2"\} 0$/m);
  t.notMatch(text, /vitalwire_ward.*(patient="|watch-|p-1)/);
});
