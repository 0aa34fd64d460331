import fc from 'fast-check';
import t from 'tap';
import { type PauseReason, ReadingPause } from '../../src/ingest/reading-pause.ts';

const reason = fc.constantFrom<PauseReason>('welcome', 'journal', 'rate', 'stop');

t.test('a socket is read exactly while there is no reason not to', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), reason), { maxLength: 40 }), (steps) => {
      const calls: string[] = [];
      const reading = new ReadingPause({
        pause: () => void calls.push('pause'),
        resume: () => void calls.push('resume'),
      });
      const held = new Set<PauseReason>();
      for (const [pauses, why] of steps) {
        const told = calls.length;
        const before = held.size > 0;
        if (pauses) held.add(why);
        else held.delete(why);
        reading[pauses ? 'pause' : 'resume'](why);
        const expected = before === held.size > 0 ? [] : [held.size > 0 ? 'pause' : 'resume'];
        if (calls.slice(told).join() !== expected.join()) return false;
      }
      return true;
    }),
  );
  t.end();
});
