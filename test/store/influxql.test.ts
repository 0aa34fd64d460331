import t from 'tap';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';
import {
  identifier,
  selectBuckets,
  selectMoments,
  selectValues,
  stringLiteral,
} from '../../src/store/influxql.ts';

t.test('literals and identifiers end where they should', async (t) => {
  t.equal(stringLiteral(`it's "a\\b"\nc`), `'it\\'s "a\\\\b"\\nc'`);
  t.equal(identifier(`it's "a\\b"\nc`), `"it's \\"a\\\\b\\"\\nc"`);
});

t.test('ranges are half-open, in microseconds, and within what 64 bits of nanoseconds hold', async (t) => {
  const query = {
    subject: { patient: 'p' as PatientId },
    vital: 'spo2',
    from: 1_000,
    to: 2_000.5,
    limit: 3,
  } as const;
  t.equal(
    selectValues(query),
    `SELECT "spo2" FROM "vitals" WHERE "patient" = 'p' AND time >= 1000000u AND time < 2000500u GROUP BY "device" LIMIT 3`,
  );
  t.equal(
    selectBuckets({ ...query, resolutionMs: 60_000 }),
    `SELECT MIN("spo2"), MEAN("spo2"), MAX("spo2"), COUNT("spo2") FROM "vitals" WHERE "patient" = 'p' AND time >= 1000000u AND time < 2000500u GROUP BY time(60000ms) fill(none) LIMIT 3`,
  );
  t.match(
    selectMoments('d' as DeviceId, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 5),
    /"device" = 'd' AND time >= -9223372036854000u AND time < 9223372036854000u LIMIT 5$/,
  );
});

t.test('a device stands for what it measured on nobody', async (t) => {
  const query = { subject: { device: 'd' as DeviceId }, vital: 'spo2', from: 0, to: 1, limit: 1 } as const;
  t.match(selectValues(query), `WHERE "device" = 'd' AND "patient" = '' AND`);
});
