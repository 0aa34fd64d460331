import fc from 'fast-check';
import t from 'tap';
import { StreamProgress } from '../../src/ingest/stream-progress.ts';
import { STREAM } from '../support/records.ts';

t.test('what is durable is what was handed over with a ticket that is', async (t) => {
  const journal = { durableTicket: 7 };
  const progress = new StreamProgress(journal, STREAM, { from: 3, confirmed: true });
  t.equal(progress.durable, 3);
  progress.handedOver(4, 8);
  progress.handedOver(5, 8);
  progress.handedOver(6, 9);
  t.match(progress, { received: 6, durable: 3 });
  journal.durableTicket = 8;
  t.equal(progress.durable, 5);
  progress.handedOver(7, 10);
  t.equal(progress.durable, 5, 'the commit that gathered before it is not on disk yet');
  journal.durableTicket = 10;
  t.equal(progress.durable, 7);
});

t.test(
  'it never runs ahead of the disk and ends with all of it, however frames and commits come',
  async () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('frame', 'hand over', 'commit', 'look')), (steps) => {
        // As the journal does it: one batch on its way to the disk, one that gathers.
        const journal = { durableTicket: 0 };
        const progress = new StreamProgress(journal, STREAM, { from: 0, confirmed: true });
        const tops: { ticket: number; seq: number }[] = [];
        let gathering = 1;
        let seq = 0;
        const onDisk = (): number =>
          Math.max(0, ...tops.filter(({ ticket }) => ticket <= journal.durableTicket).map((top) => top.seq));
        for (const step of steps) {
          if (step === 'frame') {
            seq += 1;
            tops.push({ ticket: gathering, seq });
            progress.handedOver(seq, gathering);
          }
          if (step === 'hand over' && gathering === journal.durableTicket + 1) gathering += 1;
          if (step === 'commit' && gathering === journal.durableTicket + 2) journal.durableTicket += 1;
          if (step === 'look' && progress.durable !== onDisk()) return false;
        }
        if (progress.durable !== onDisk()) return false;
        journal.durableTicket = gathering;
        return progress.durable === seq;
      }),
      { numRuns: 500 },
    );
  },
);
