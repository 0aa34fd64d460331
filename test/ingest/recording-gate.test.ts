import fc from 'fast-check';
import t from 'tap';
import { RecordingGate } from '../../src/ingest/recording-gate.ts';
import type { JournalCondition } from '../../src/journal/journal.ts';
import { controlledJournal } from '../support/controlled-journal.ts';
import { settled } from '../support/happening.ts';
import { ingestWorld } from '../support/ingest-world.ts';
import { manualClock } from '../support/manual-clock.ts';

function aGate() {
  const [journal, clock] = [controlledJournal(), manualClock()];
  const told: boolean[] = [];
  const gate = new RecordingGate(journal, clock, (overrun) => told.push(overrun));
  return { journal, clock, gate, told };
}

t.test(
  'frames are held back for two seconds, then nothing is recorded until it was ok for five',
  async (t) => {
    const { journal, clock, gate, told } = aGate();
    journal.become('behind');
    let released = false;
    void gate.released().then(() => {
      released = true;
    });
    clock.advance(1_999);
    await settled();
    t.same([gate.mode, released], ['held_back', false]);
    clock.advance(1);
    await settled();
    t.same([gate.mode, released, gate.isOverrun], ['unrecorded', true, true]);
    journal.become('ok');
    clock.advance(4_000);
    journal.become('behind');
    t.equal(gate.mode, 'unrecorded', 'nobody is held back again for what has not passed');
    journal.become('ok');
    clock.advance(4_999);
    t.equal(gate.mode, 'unrecorded');
    clock.advance(1);
    t.same([gate.mode, gate.isOverrun], ['recording', false]);
    t.same(told, [true, false]);
  },
);

t.test('a disk that is a little slower than the load is told by how often it is behind', (t) => {
  const { journal, clock, gate } = aGate();
  let ms = 0;
  for (; gate.mode !== 'unrecorded' && ms < 60_000; ms += 200) {
    journal.become('behind');
    clock.advance(150);
    journal.become('ok');
    clock.advance(50);
  }
  t.ok(ms > 2_000 && ms < 4_000, `after ${ms} ms`);
  t.end();
});

t.test('back-pressure that comes and passes is not taken for it', (t) => {
  const { journal, clock, gate } = aGate();
  const modes = new Set<string>();
  for (let times = 0; times < 600; times++) {
    journal.become('behind');
    clock.advance(100);
    modes.add(gate.mode);
    journal.become('ok');
    clock.advance(500);
    modes.add(gate.mode);
  }
  t.same([...modes], ['held_back', 'recording']);
  t.end();
});

t.test('however the condition changes, nobody is held back for more than four seconds of any ten', (t) => {
  const condition = fc.constantFrom<JournalCondition>('ok', 'ok', 'behind', 'behind', 'stalled', 'disk_full');
  const step = fc.tuple(condition, fc.integer({ min: 0, max: 60 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { journal, clock, gate } = aGate();
      const held: boolean[] = [];
      for (const [next, ticks] of steps) {
        journal.become(next);
        for (let tick = 0; tick < ticks; tick++) {
          held.push(gate.mode === 'held_back');
          if ((next === 'ok') !== (gate.mode === 'recording') && !gate.isOverrun) return false;
          clock.advance(50);
        }
      }
      // 50 ms each; what is paid off while it is ok comes on top.
      const most = 40 + 160 / 4;
      let sum = 0;
      return held.every((one, at) => {
        sum += Number(one) - Number(held[at - 200] ?? false);
        return sum <= most;
      });
    }),
    { numRuns: 50 },
  );
  t.end();
});

t.test('what was held back for too long is heard, kept by the device, and recorded later', async (t) => {
  const journal = controlledJournal();
  const { connect, clock, bus } = await ingestWorld(t, { journal });
  const relayed: number[] = [];
  bus.subscribe({ vitals: ({ samples }) => void relayed.push(...samples.map((one) => one.heart_rate ?? 0)) });
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  journal.become('behind');
  for (const seq of [1, 2, 3]) peer.vitals(seq, { t: clock.now(), heart_rate: 60 + seq });
  t.ok(peer.transport.paused);
  clock.advance(2_000);
  await settled();
  t.notOk(peer.transport.paused);
  t.same(relayed, [61, 62, 63]);
  t.same(peer.of('ack'), []);
  journal.become('ok');
  clock.advance(4_900);
  t.same(peer.of('resend'), []);
  clock.advance(200);
  t.same(peer.of('resend'), [{ type: 'resend', from: 1 }]);
  for (const seq of [1, 2, 3, 4]) peer.vitals(seq, { t: clock.now(), heart_rate: 60 + seq });
  journal.commit();
  await settled();
  t.equal(peer.of('ack').at(-1)?.seq, 4);
  t.same(relayed, [61, 62, 63, 64], 'and not heard a second time');
});
