import fc from 'fast-check';
import t from 'tap';
import { BatchSize, batchSizeFor } from '../../src/store/batch-size.ts';

t.test('grows by a step for full quick writes, and not for small or middling ones', async (t) => {
  const size = new BatchSize({
    first: 1_000,
    least: 100,
    most: 1_900,
    step: 400,
    quickMs: 100,
    slowMs: 1_000,
  });
  size.written(1_000, 100);
  t.equal(size.moments, 1_400);
  size.written(699, 1);
  t.equal(size.moments, 1_400, 'not half full');
  size.written(1_400, 500);
  t.equal(size.moments, 1_400, 'neither quick nor slow');
  size.written(1_400, 5);
  size.written(1_800, 5);
  t.equal(size.moments, 1_900, 'up to the bound');
  size.written(1_900, 1_000);
  t.equal(size.moments, 950, 'slow');
});

t.test('writes of one round that fail together halve it once', async (t) => {
  const size = new BatchSize({ first: 8_000 });
  for (let write = 0; write < 4; write++) size.failed(8_000);
  t.equal(size.moments, 4_000);
});

t.test('what was too large is not tried again', async (t) => {
  const size = new BatchSize({ first: 8_000 });
  size.tooLarge(8_000);
  for (let write = 0; write < 100; write++) size.written(size.moments, 1);
  t.equal(size.moments, 4_000);
});

t.test('a store far away, in trouble once, is written to in full batches again', async (t) => {
  const [far, near] = [batchSizeFor(4, { first: 500 }), batchSizeFor(1, { first: 500 })];
  for (let write = 0; write < 100; write++) {
    far.written(far.moments, 300);
    near.written(near.moments, 300);
  }
  t.equal(far.moments, 20_000);
  t.equal(near.moments, 500, 'in the embedded store readers wait behind the write');
});

t.test('stays within its bounds, shrinks only on trouble, and recovers, whatever happens', async () => {
  const event = fc.record({
    kind: fc.constantFrom('written', 'failed', 'tooLarge'),
    moments: fc.nat(50_000),
    tookMs: fc.nat(3_000),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const size = new BatchSize({ least: 500, most: 20_000, quickMs: 100, slowMs: 1_000 });
      let most = 20_000;
      for (const { kind, moments, tookMs } of events) {
        const before = size.moments;
        if (kind === 'written') size.written(moments, tookMs);
        else if (kind === 'failed') size.failed(moments);
        else size.tooLarge(moments);
        if (kind === 'tooLarge') most = Math.max(500, Math.min(most, Math.floor(moments / 2)));
        if (size.moments < 500 || size.moments > most) throw new Error(`${size.moments} is out of bounds`);
        if (kind !== 'written' && size.moments > before) throw new Error('grew on a failure');
        if (kind === 'written' && tookMs < 1_000 && size.moments < before)
          throw new Error('shrank without need');
      }
      for (let write = 0; write < 40; write++) size.written(size.moments, 1);
      if (size.moments !== most) throw new Error(`stuck at ${size.moments}`);
    }),
  );
});
