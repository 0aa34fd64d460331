import fc from 'fast-check';
import t from 'tap';
import { DeviceRecord } from '../../../scripts/faults/fleet/device-record.ts';
import type { Found, FoundMoment } from '../../../scripts/faults/fleet/found.ts';
import { judge } from '../../../scripts/faults/fleet/verdict.ts';

const [DEVICE, PATIENT] = ['w-0', 'p-0'];

function recordOf(count: number, acked: number): DeviceRecord {
  const record = new DeviceRecord(DEVICE, PATIENT);
  for (let t = 1; t <= count; t++) record.note({ t, heart_rate: 60 + (t % 40), spo2: 97, at: 0 });
  record.acked(acked, () => undefined);
  return record;
}

const foundOf = ({ sent }: DeviceRecord): FoundMoment[] =>
  sent.map(({ t, heart_rate, spo2 }) => ({ t, patient: PATIENT, heart_rate, spo2 }));

const found = (moments: readonly FoundMoment[], device = DEVICE): Found => ({
  moments: new Map([[device, moments]]),
  corrupt: [],
  disordered: [],
});

const plan = fc.integer({ min: 1, max: 50 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    acked: fc.integer({ min: 0, max: count }),
    at: fc.integer({ min: 0, max: count - 1 }),
  }),
);

t.test('everything there as it was sent: no fault, acked or not', async () => {
  fc.assert(
    fc.property(plan, ({ count, acked }) => {
      const record = recordOf(count, acked);
      const { losses, faults } = judge([record], found(foundOf(record)), 'a place');
      return faults.length === 0 && Object.values(losses).every((loss) => loss === 0);
    }),
  );
});

t.test('a moment that is not there is lost if, and only if, it was acked', async () => {
  fc.assert(
    fc.property(plan, ({ count, acked, at }) => {
      const record = recordOf(count, acked);
      const { losses } = judge([record], found(foundOf(record).toSpliced(at, 1)), 'a place');
      return losses.lost === (at < acked ? 1 : 0) && losses.phantom + losses.doubled + losses.corrupt === 0;
    }),
  );
});

t.test(
  'a moment twice, one that was never sent, one of another patient, one with another value',
  async (t) => {
    fc.assert(
      fc.property(plan, ({ count, acked, at }) => {
        const record = recordOf(count, acked);
        const good = foundOf(record);
        const one = good[at] as FoundMoment;
        const losses = (moments: readonly FoundMoment[]) => judge([record], found(moments), 'a place').losses;
        t.equal(losses([...good, one]).doubled, 1);
        t.equal(losses([...good, { ...one, t: count + 1 }]).phantom, 1);
        t.equal(losses(good.with(at, { ...one, patient: 'p-1' })).phantom, 1);
        t.equal(losses(good.with(at, { ...one, spo2: 96 })).corrupt, 1);
      }),
      { numRuns: 20 },
    );
  },
);

t.test('moments of a device that is none of the trial are phantoms', async (t) => {
  const record = recordOf(3, 3);
  const stranger = new Map([
    [DEVICE, foundOf(record)],
    ['stranger', foundOf(record)],
  ]);
  t.equal(judge([record], { moments: stranger, corrupt: [], disordered: [] }, 'a place').losses.phantom, 3);
});

t.test('what was refused is neither acked nor missed, and acks go on behind it', async (t) => {
  const record = recordOf(5, 0);
  record.refused([{ t: 2, heart_rate: 1 }]);
  record.acked(2, () => undefined);
  t.equal(record.settled, 3);
  t.same(
    record.ackedMoments().map((moment) => moment.t),
    [1, 3],
  );
});
