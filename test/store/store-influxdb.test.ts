import t from 'tap';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';
import { influxStore } from '../../src/store/store-influxdb.ts';
import {
  moment,
  type StoreUnderTest,
  T0,
  telemetryStoreContract,
} from '../contracts/telemetry-store.contract.ts';
import { type Influxd, influxdMissing, startInfluxd } from '../support/influxd.ts';

const missing = influxdMissing();
const EVER = {
  subject: { patient: 'patient-1' as PatientId },
  vital: 'spo2',
  from: 0,
  to: T0 * 2,
  limit: 10,
} as const;

t.test('contract, InfluxDB 1.x', { skip: missing }, async (t) => {
  const influxd = await startInfluxd();
  t.teardown(() => influxd[Symbol.asyncDispose]());
  let databases = 0;
  telemetryStoreContract(t, async () => await adapter(influxd, `contract_${++databases}`));
});

async function adapter(influxd: Influxd, database: string): Promise<StoreUnderTest> {
  const store = influxStore({ url: influxd.url, version: 1, database });
  await store.open();
  return {
    store,
    async countAlarms() {
      const { results } = await influxd.query('SELECT COUNT("cursor") FROM alarms', database);
      return Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0);
    },
    async readMoment(device, at) {
      const { results } = await influxd.query(
        `SELECT * FROM vitals WHERE device = '${device}' AND time = ${at}ms`,
        database,
      );
      const series = results[0]?.series?.[0];
      const column = (name: string) => series?.values[0]?.[series.columns.indexOf(name)] ?? null;
      return { quality: column('quality') as string | null, received: column('received') as number | null };
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

t.test('against InfluxDB 1.x', { skip: missing }, async (t) => {
  const influxd = await startInfluxd();
  t.teardown(() => influxd[Symbol.asyncDispose]());

  t.test(
    'writes floats, strings for quality, and integers for receive times, into fitting series',
    async (t) => {
      await using store = influxStore({ url: influxd.url, version: 1, database: 'schema' });
      await store.open();
      await store.write([moment(T0, { heart_rate: 72 }, { quality: 'motion', received: T0 + 1 })]);
      const fields = await influxd.query('SHOW FIELD KEYS FROM vitals', 'schema');
      t.strictSame(fields.results[0]?.series?.[0]?.values, [
        ['heart_rate', 'float'],
        ['quality', 'string'],
        ['received', 'integer'],
      ]);
      const series = await influxd.query('SHOW SERIES', 'schema');
      t.strictSame(series.results[0]?.series?.[0]?.values, [['vitals,device=watch-1,patient=patient-1']]);
    },
  );

  t.test('quotes what goes into queries, so that nothing in it becomes part of the query', async (t) => {
    const database = "odd ' name; DROP";
    await using store = influxStore({ url: influxd.url, version: 1, database });
    await store.open();
    const evil = ["' OR 1=1 --", "\\' OR 1=1 --", 'a"b', 'a\\b', 'a b,c=d', "'; DROP DATABASE schema; --"];
    const devices = evil as DeviceId[];
    await store.write(
      devices.map((device) => moment(T0, { spo2: 90 }, { device, patient: device as string as PatientId })),
    );
    await store.write([moment(T0, { spo2: 80 })]);
    for (const name of evil) {
      const rows = await store.values({ ...EVER, subject: { patient: name as PatientId } });
      t.strictSame(rows, [{ t: T0, device: name, value: 90 }], name);
      t.equal(await store.countSamples(name as DeviceId, 0, EVER.to), 1, name);
    }
    const databases = await influxd.query('SHOW DATABASES');
    t.match(JSON.stringify(databases), /"schema"/);
  });

  t.test('is transient when the server cannot be reached, and works again when it can', async (t) => {
    await using store = influxStore({ url: influxd.url, version: 1, timeoutMs: 1_000 });
    await store.open();
    await store.write([moment(T0, { spo2: 97 })]);
    await influxd.kill();
    await t.rejects(store.write([moment(T0 + 1, { spo2: 96 })]), { code: 'store_transient' });
    await t.rejects(store.values(EVER), { code: 'store_transient' });
    await influxd.restart();
    await store.write([moment(T0 + 1, { spo2: 96 })]);
    t.strictSame(
      (await store.values(EVER)).map(({ value }) => value),
      [97, 96],
    );
  });

  t.test('is transient, within its time-out, when the server hangs', async (t) => {
    await using store = influxStore({ url: influxd.url, version: 1, timeoutMs: 300 });
    await store.open();
    await influxd.hang();
    await t.rejects(store.write([moment(T0, { spo2: 97 })]), { code: 'store_transient' });
    await t.rejects(store.values(EVER), { code: 'store_transient' });
    influxd.resume();
    await store.write([moment(T0, { spo2: 97 })]);
  });

  // Types are held per shard, a week of time: the point that fixes the type is of the same one.
  t.test('is invalid when a field has another type already, and the other points are stored', async (t) => {
    await using store = influxStore({ url: influxd.url, version: 1, database: 'conflict' });
    await store.open();
    t.equal(
      await influxd.post(
        '/write?db=conflict',
        `vitals,device=watch-1,patient=patient-1 spo2="high" ${T0 + 9}000000`,
      ),
      204,
    );
    const error = await store.write([moment(T0, { spo2: 97 }), moment(T0 + 1, { heart_rate: 70 })]).then(
      () => t.fail('was written'),
      (thrown: Error) => thrown,
    );
    t.match(error, { code: 'store_invalid', failure: 'invalid', details: { status: 400 } });
    t.equal((await store.values({ ...EVER, vital: 'heart_rate' })).length, 1);
  });

  t.test('is denied where the database is missing', async (t) => {
    await using store = influxStore({ url: influxd.url, version: 1, database: 'missing' });
    await t.rejects(store.write([moment(T0, { spo2: 97 })]), {
      code: 'store_denied',
      details: { status: 404 },
    });
  });

  t.test('signs in, is denied without, and needs no admin where the database is there', async (t) => {
    await influxd.query("CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES");
    await influxd.query("CREATE USER writer WITH PASSWORD 'p:w/d é'");
    await influxd.query('CREATE DATABASE signed');
    await influxd.query('GRANT ALL ON signed TO writer');
    await influxd.restart({ auth: true });
    const signed = { url: influxd.url, version: 1, database: 'signed' } as const;

    await using nobody = influxStore(signed);
    await t.rejects(nobody.open(), { code: 'store_denied', details: { status: 401 } });
    await t.rejects(nobody.write([moment(T0, { spo2: 97 })]), {
      code: 'store_denied',
      details: { status: 401 },
    });

    await using writer = influxStore({ ...signed, username: 'writer', password: 'p:w/d é' });
    await writer.open();
    await writer.write([moment(T0, { spo2: 97 })]);
    t.equal((await writer.values(EVER)).length, 1);

    await using stranger = influxStore({
      ...signed,
      database: 'others',
      username: 'writer',
      password: 'p:w/d é',
    });
    await t.rejects(stranger.open(), { code: 'store_denied' });

    const withUrl = new URL(influxd.url);
    withUrl.username = 'root';
    withUrl.password = 'wrong-secret';
    await using wrong = influxStore({ ...signed, url: withUrl.href });
    const error = await wrong.open().catch((thrown: Error) => thrown);
    t.match(error, { code: 'store_denied' });
    t.notMatch(
      JSON.stringify(error, Object.getOwnPropertyNames(error)),
      /wrong-secret/,
      'no secret in the error',
    );
  });
});
