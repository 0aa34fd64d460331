import t from 'tap';
import { happens, settled } from '../support/happening.ts';
import { D1, D2, ingestWorld } from '../support/ingest-world.ts';
import { STREAM } from '../support/records.ts';

const seqs = (frames: readonly { readonly seq: number }[]): number[] => frames.map(({ seq }) => seq);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

t.test(
  'a full journal stops the reading, and what was read already is stored when there is room',
  async (t) => {
    const { connect, journal, storedFrames } = await ingestWorld(t, { maxPendingBytes: 500 });
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0 });
    let resumed = 0;
    peer.transport.resume = () => {
      resumed++;
      peer.transport.paused = false;
    };
    for (const seq of upTo(50)) peer.vitals(seq);
    t.ok(peer.transport.paused, 'the socket is not read');
    t.ok(journal.stats().pendingBytes < 1_000, 'and no more than a frame past the limit waits for the disk');
    await happens('the frames are taken', () => peer.of('ack').at(-1)?.seq === 50);
    t.equal(peer.transport.paused, false, 'the socket is read again');
    t.equal(resumed, 1, 'but not while frames of it still waited');
    t.equal(peer.transport.closed, null);
    t.same(seqs(await storedFrames()), upTo(50));
  },
);

t.test('every device is held back while the journal is full, not only the one that filled it', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t, { maxPendingBytes: 500 });
  const filling = connect(D1);
  const other = connect(D2);
  await filling.hello();
  await other.hello();
  for (const seq of upTo(10)) filling.vitals(seq);
  for (const seq of upTo(3)) other.vitals(seq);
  t.ok(other.transport.paused);
  t.equal(other.transport.closed, null);
  await happens('both go on', () => !filling.transport.paused && !other.transport.paused);
  const frames = await storedFrames();
  t.same(seqs(frames.filter(({ device }) => device === D1)), upTo(10));
  t.same(seqs(frames.filter(({ device }) => device === D2)), upTo(3));
});

t.test('what a device says beside its data is heard while the journal is full', async (t) => {
  const { connect, clock } = await ingestWorld(t, { maxPendingBytes: 500 });
  const peer = connect(D1, { verifyToken: async () => ({ expires: clock.now() + 9_000_000 }) });
  await peer.hello();
  for (const seq of upTo(10)) peer.vitals(seq);
  t.ok(peer.transport.paused);
  peer.send({ type: 'refresh', token: 'new' });
  await Promise.resolve();
  await Promise.resolve();
  t.equal(peer.of('refreshed').length, 1);
});

t.test('what waits in memory is bounded: a peer that goes on sending is told to come later', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t, { maxPendingBytes: 500 });
  const peer = connect();
  await peer.hello();
  for (const seq of upTo(3_000)) peer.vitals(seq);
  t.match(peer.transport.closed, { code: 1013, reason: /journal is full/ });
  await settled();
  const stored = seqs(await storedFrames());
  t.same(stored, upTo(stored.length), 'what was taken is in order and whole');
  peer.leave(1013);
  const again = connect();
  await again.hello({ ack_interval_ms: 0 });
  t.match(again.frames, [{ type: 'welcome', ack: stored.length }]);
  for (let seq = stored.length + 1; seq <= stored.length + 5; seq++) again.vitals(seq);
  await happens('the rest is acked', () => again.of('ack').at(-1)?.seq === stored.length + 5);
  t.same(seqs(await storedFrames()), upTo(stored.length + 5), 'and nothing is doubled or missing');
});

t.test('a journal that was closed ends the session without an ack', async (t) => {
  const { connect, journal } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  await journal[Symbol.asyncDispose]();
  peer.vitals(1);
  await happens('the session ends', () => peer.transport.closed !== null);
  t.equal(peer.transport.closed?.code, 1011);
  t.same(peer.of('ack'), []);
  const next = connect();
  next.send({ type: 'hello', stream: STREAM, time: 1 });
  await happens('the next one cannot begin', () => next.transport.closed !== null);
});
