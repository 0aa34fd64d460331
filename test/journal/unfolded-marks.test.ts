import fc from 'fast-check';
import t from 'tap';
import { UnfoldedMarks } from '../../src/journal/unfolded-marks.ts';
import type { DeviceId } from '../../src/model/ids.ts';
import { aVitalsRecord, streams } from '../support/records.ts';

const devices = ['D1', 'D2', 'D3'] as DeviceId[];
const anyRecord = fc
  .tuple(fc.nat({ max: 50 }), fc.constantFrom(...devices), fc.constantFrom(...streams))
  .map(([seq, device, stream]) => aVitalsRecord(seq + 1, device, stream));

t.test('the highest of each stream, in whatever order and batches they came', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRecord, { maxLength: 8 }), { maxLength: 8 }), (batches) => {
      const marks = new UnfoldedMarks();
      for (const batch of batches) marks.note(batch, 1);
      const highest = new Map<string, number>();
      for (const { device, stream, seq } of batches.flat()) {
        const key = `${device} ${stream}`;
        highest.set(key, Math.max(seq, highest.get(key) ?? 0));
      }
      for (const device of devices) {
        for (const stream of streams)
          t.equal(marks.get(device, stream), highest.get(`${device} ${stream}`) ?? 0);
      }
      const all = marks.all().map(([device, stream, seq]) => [`${device} ${stream}`, seq] as const);
      t.same(new Map(all), highest);
      t.equal(all.length, highest.size, 'each once');
      marks.folded();
      t.same(marks.all(), []);
    }),
  );
});

t.test('due after 1,024 batches or 32 MiB since the last fold', async (t) => {
  const marks = new UnfoldedMarks();
  marks.note([], 32 * 2 ** 20 - 1);
  t.equal(marks.isDue, false);
  marks.note([], 1);
  t.equal(marks.isDue, true);
  marks.folded();
  for (let batch = 1; batch < 1_024; batch++) marks.note([], 1);
  t.equal(marks.isDue, false);
  marks.note([], 1);
  t.equal(marks.isDue, true);
});
