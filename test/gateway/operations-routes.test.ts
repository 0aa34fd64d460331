import t from 'tap';
import { deviceId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

interface Readiness {
  readonly state: string;
  readonly parts: Readonly<Record<string, { readonly state: string; readonly detail: string }>>;
}

t.test('healthz, readyz and metrics are for everybody, and name no device and no patient', async (t) => {
  const server = await runningServer(t);
  const wearable = await server.wearable('canary-watch', 'canary-patient');
  const token = await server.token('canary-nurse');
  const client = server.client(wearable);
  const now = Date.now();
  client.sendVitals([
    { t: now - 2_000, heart_rate: 71, spo2: 97 },
    { t: now - 1_000, heart_rate: 400 },
  ]);
  await client.drain({ timeoutMs: 10_000 });
  await server.app.drained();
  t.equal((await rest(server, token, '/v1/patients/canary-patient')).status, 200);

  t.same((await rest(server, null, '/healthz')).body, { state: 'ok' });
  const ready = await rest(server, null, '/readyz');
  t.equal(ready.status, 200);
  t.match(ready.body, {
    state: 'ok',
    parts: { journal: { state: 'ok' }, alarm_log: { state: 'ok' }, store: { state: 'ok' } },
  });

  const { status, headers, text } = await rest(server, null, '/metrics');
  t.equal(status, 200);
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const metric = (name: string): number =>
    Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  t.equal(metric('vitalwire_device_sessions'), 1);
  t.equal(metric('vitalwire_samples_total{outcome="accepted"}'), 1);
  t.equal(metric('vitalwire_samples_total{outcome="rejected"}'), 1);
  t.ok(metric('vitalwire_store_written_moments') >= 1);
  t.equal(metric('vitalwire_journal_unread_batches'), 0);
  t.ok(metric('process_cpu_seconds_total') > 0);
  for (const line of text.split('\n').filter((one) => one !== '' && !one.startsWith('#')))
    t.match(line, /^[a-z0-9_]+(\{[^}]*\})? [-+0-9.eInfNa]+$/, line.slice(0, 60));
  for (const answer of [text, ready.text]) t.notMatch(answer, /canary|Bed of/);
});

t.test(
  'the store goes away and comes back: degraded, then ok, and nothing is lost',
  { skip: influxdMissing() },
  async (t) => {
    await using influxd = await startInfluxd();
    await influxd.query('CREATE DATABASE vitalwire');
    const server = await runningServer(t, {
      environment: {
        VITALWIRE_STORE: 'influxdb',
        INFLUX_VERSION: '1',
        INFLUX_URL: influxd.url,
        INFLUX_TIMEOUT_MS: '1000',
      },
    });
    const wearable = await server.wearable('watch-1', 'p-1');
    const token = await server.token('nurse-1');
    const client = server.client(wearable);
    const begin = Date.now() - 300_000;
    let sent = 0;
    const send = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) client.sendVitals([{ t: begin + sent++ * 1_000, heart_rate: 70 }]);
      await client.drain({ timeoutMs: 5_000 });
    };
    const readiness = async (): Promise<Readiness> =>
      (await rest(server, null, '/readyz')).body as unknown as Readiness;
    const history = () =>
      rest(server, token, `/v1/patients/p-1/vitals?vital=heart_rate&from=${begin}&to=${begin + 300_000}`);

    await send(20);
    await server.app.drained();
    t.equal((await readiness()).state, 'ok');
    t.equal(((await history()).body.values as unknown[]).length, 20);

    await influxd.kill();
    await send(20);
    t.pass('devices are acked while the store is away');
    const degraded = await eventually(async () => {
      const now = await readiness();
      return now.state === 'degraded' ? now : null;
    });
    t.match(degraded.parts, { store: { state: 'degraded', detail: /behind/ }, journal: { state: 'ok' } });
    t.equal((await rest(server, null, '/readyz')).status, 200, 'degraded is still fit for traffic');
    t.match(await history(), { status: 503, body: { code: 'store_unavailable' } });
    t.notMatch((await history()).text, /ECONNREFUSED|127\.0\.0\.1/, 'no word of the inside');
    t.equal((await rest(server, token, '/v1/patients/p-1')).status, 200, 'live values do not need the store');

    await influxd.restart();
    await send(20);
    await server.app.drained();
    await eventually(async () => (await readiness()).state === 'ok', 10_000);
    t.equal(await server.app.store.countSamples(deviceId('watch-1'), begin, begin + 300_000), 60);
    t.equal(((await history()).body.values as unknown[]).length, 60, 'none lost, none doubled');
  },
);
