import fc from 'fast-check';
import t from 'tap';
import { happens, settled } from '../support/happening.ts';
import { counted, ingestWorld } from '../support/ingest-world.ts';

t.test('a gap is asked for once, and what lies behind it is not stored out of order', async (t) => {
  const { connect, storedFrames, metrics } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  peer.vitals(1);
  for (const seq of [3, 4, 5]) peer.vitals(seq);
  t.same(peer.of('resend'), [{ type: 'resend', from: 2 }]);
  for (const seq of [2, 3, 4, 5]) peer.vitals(seq);
  t.same(
    (await storedFrames()).map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  );
  t.equal(peer.of('resend').length, 1);
  peer.vitals(9);
  t.same(peer.of('resend').at(-1), { type: 'resend', from: 6 }, 'the next gap is another one');
  t.equal(await counted(metrics, 'vitalwire_device_sequence_total{kind="gap"}'), 2);
});

t.test('a stream that starts past 1 is a gap', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello();
  peer.vitals(2);
  t.same(peer.of('resend'), [{ type: 'resend', from: 1 }]);
  t.same(await storedFrames(), []);
});

t.test('a duplicate is acked again and not stored again', async (t) => {
  const { connect, clock, storedFrames, metrics } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 1_000 });
  peer.vitals(1);
  peer.vitals(2);
  await storedFrames();
  clock.advance(1_100);
  t.same(peer.of('ack'), [{ type: 'ack', seq: 2 }]);
  peer.vitals(1);
  peer.vitals(2);
  clock.advance(1_100);
  t.same(peer.of('ack'), [
    { type: 'ack', seq: 2 },
    { type: 'ack', seq: 2 },
  ]);
  t.equal((await storedFrames()).length, 2);
  t.equal(await counted(metrics, 'vitalwire_device_sequence_total{kind="duplicate"}'), 2);
});

t.test('acks are cumulative: one after the interval, however many frames', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 1_000 });
  for (let seq = 1; seq <= 10; seq++) peer.vitals(seq);
  await storedFrames();
  clock.advance(900);
  t.same(peer.of('ack'), [], 'not yet');
  clock.advance(100);
  t.same(peer.of('ack'), [{ type: 'ack', seq: 10 }]);
  clock.advance(60_000);
  t.equal(peer.of('ack').length, 1, 'nothing new, nothing said');
});

t.test('without a wish the interval is 2 s', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello();
  peer.vitals(1);
  await storedFrames();
  clock.advance(1_900);
  t.same(peer.of('ack'), []);
  clock.advance(100);
  t.same(peer.of('ack'), [{ type: 'ack', seq: 1 }]);
});

t.test('32 durable frames are acked without waiting for the interval', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 60_000 });
  for (let seq = 1; seq <= 31; seq++) peer.vitals(seq);
  await storedFrames();
  await settled();
  t.same(peer.of('ack'), []);
  peer.vitals(32);
  await happens('ack', () => peer.of('ack').length > 0);
  t.same(peer.of('ack'), [{ type: 'ack', seq: 32 }]);
});

t.test('an interval of 0 acks every commit, and never before it', async (t) => {
  const { connect, journal } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  for (let seq = 1; seq <= 3; seq++) {
    peer.vitals(seq);
    t.equal(peer.of('ack').length, seq - 1, 'not in the turn it came in');
    await happens('ack', () => peer.of('ack').length === seq);
    t.equal(journal.stats().position >= seq, true, 'the batch is on disk');
  }
  t.same(
    peer.of('ack').map(({ seq }) => seq),
    [1, 2, 3],
  );
});

t.test('a session that ends acks what is durable, at once', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 60_000 });
  peer.vitals(1);
  await storedFrames();
  await settled();
  peer.sendRaw('{');
  t.match(peer.frames.at(-1), { type: 'ack', seq: 1 });
  t.equal(peer.transport.closed?.code, 4400);
});

t.test(
  'whatever is lost, doubled or swapped on the way, each frame is stored once and in order',
  async (t) => {
    const { connect, storedFrames } = await ingestWorld(t);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 }), async (arrivals) => {
        run++;
        const stream = `0198c0de-0000-7000-8000-${String(run).padStart(12, '0')}`;
        const peer = connect();
        await peer.hello({ stream });
        for (const seq of arrivals) peer.vitals(seq);
        for (let seq = 1; seq <= 12; seq++) peer.vitals(seq);
        const seqs = (await storedFrames()).filter((frame) => frame.stream === stream).map(({ seq }) => seq);
        t.same(seqs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        peer.leave();
      }),
      { numRuns: 25 },
    );
  },
);
