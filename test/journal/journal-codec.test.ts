import fc from 'fast-check';
import t from 'tap';
import {
  checksum,
  decodeBatch,
  encodeBody,
  encodeRecord,
  type StoredBatch,
  verifyBody,
} from '../../src/journal/journal-codec.ts';
import type { TelemetryRecord } from '../../src/model/record.ts';

const stored = (records: readonly object[], position = 7): StoredBatch => {
  const body = encodeBody(records.map((record) => encodeRecord(record as TelemetryRecord)));
  return { position, records: records.length, crc32: checksum(body), body };
};
const anyRecords = fc.array(fc.record({ kind: fc.constant('status'), text: fc.string({ unit: 'binary' }) }), {
  minLength: 1,
});

t.test('any text in a record survives, line feeds and astral characters included', async (t) => {
  fc.assert(
    fc.property(anyRecords, (records) => {
      const batch = stored(records);
      verifyBody(batch);
      t.same(decodeBatch(batch), JSON.parse(JSON.stringify(records)));
    }),
  );
});

t.test('one changed bit anywhere is found', async (t) => {
  fc.assert(
    fc.property(anyRecords, fc.nat(), fc.integer({ min: 0, max: 7 }), (records, at, bit) => {
      const batch = stored(records);
      const index = at % batch.body.length;
      batch.body[index] = (batch.body[index] ?? 0) ^ (1 << bit);
      t.throws(() => verifyBody(batch), { code: 'journal_corrupt', details: { position: 7 } });
    }),
  );
});

t.test('a body with another number of records, or that is no JSON, names its batch', async (t) => {
  const batch = stored([{ kind: 'status' }, { kind: 'status' }]);
  t.throws(() => decodeBatch({ ...batch, records: 3 }), { code: 'journal_corrupt', message: /batch 7/ });
  const body = new TextEncoder().encode('{"kind":');
  t.throws(() => decodeBatch({ ...batch, body }), { code: 'journal_corrupt', cause: SyntaxError.prototype });
});
