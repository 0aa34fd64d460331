import fc from 'fast-check';
import t from 'tap';
import { VitalsLine } from '../../src/ingest/vitals-line.ts';
import { type PatientId, patientId } from '../../src/model/ids.ts';
import { D1 } from '../support/ingest-world.ts';
import { STREAM } from '../support/records.ts';

t.test('a line is what JSON.stringify makes of the record, whoever wore the device', async () => {
  const line = new VitalsLine(D1, STREAM);
  const wearer = fc.constantFrom<PatientId | null>(
    null,
    patientId('p-1') as PatientId,
    patientId('p.2') as PatientId,
  );
  fc.assert(
    fc.property(fc.nat(), fc.integer(), fc.nat(), wearer, fc.nat(), (seq, skew, received, patient, spo2) => {
      const samples = [{ t: received, spo2 }];
      const record = {
        kind: 'vitals',
        device: D1,
        stream: STREAM,
        seq,
        skew,
        received,
        parts: [{ patient, samples }],
      };
      t.equal(line.of(seq, skew, received, patient, JSON.stringify(samples)), JSON.stringify(record));
    }),
  );
});
