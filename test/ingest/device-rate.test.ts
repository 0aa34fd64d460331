import t from 'tap';
import { DEVICE_BURST_BYTES } from '../../src/protocol/limits.ts';
import { controlledJournal } from '../support/controlled-journal.ts';
import { settled } from '../support/happening.ts';
import { D1, D2, ingestWorld, type Peer } from '../support/ingest-world.ts';

const MIB = 1024 * 1024;

/** What the server does not know of a frame it passes over: it is as large as the test wants it. */
function sendStatus(peer: Peer, seq: number, bytes: number): void {
  const frame = JSON.stringify({ type: 'status', seq, battery_percent: 50, padding: '' });
  peer.sendRaw(frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`));
}

/** Sends what may be sent at once in frames of 128 KiB. @returns how many those are */
function flood(peer: Peer): number {
  const frames = DEVICE_BURST_BYTES / (128 * 1024);
  for (let seq = 1; seq <= frames; seq++) {
    if (peer.transport.paused) throw new Error(`paused before ${seq}`);
    sendStatus(peer, seq, 128 * 1024);
  }
  return frames;
}

t.test('who sends too much is not read until it may send again, and loses nothing', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const [peer, other] = [connect(D1), connect(D2)];
  await peer.hello({ ack_interval_ms: 0 });
  await other.hello();
  const frames = flood(peer);
  t.ok(peer.transport.paused);
  t.notOk(other.transport.paused);
  // They were off the socket already.
  sendStatus(peer, frames + 1, 128 * 1024);
  sendStatus(peer, frames + 2, 128 * 1024);
  clock.advance(100);
  t.ok(peer.transport.paused, 'what came too early is waited for');
  clock.advance(100);
  t.notOk(peer.transport.paused);
  clock.advance(60_000);
  for (let seq = frames + 3; seq <= frames + 8; seq++) sendStatus(peer, seq, MIB / 8);
  t.notOk(peer.transport.paused, 'after a silence it may send at once again');
  t.equal((await storedFrames()).length, frames + 8);
  t.equal(peer.transport.closed, null);
  t.same(peer.of('resend'), []);
});

t.test('a disk that catches up does not resume who sends too much, nor the other way round', async (t) => {
  const journal = controlledJournal();
  const { connect, clock } = await ingestWorld(t, { journal });
  const peer = connect();
  await peer.hello();
  const frames = flood(peer);
  journal.become('behind');
  sendStatus(peer, frames + 1, 1_000);
  journal.become('ok');
  await settled();
  t.ok(peer.transport.paused);
  journal.become('behind');
  sendStatus(peer, frames + 2, 1_000);
  clock.advance(200);
  t.ok(peer.transport.paused);
  journal.become('ok');
  await settled();
  t.notOk(peer.transport.paused);
  t.equal(journal.pending, frames + 2);
});

t.test('a disk that catches up does not resume the reading of a server that stops', async (t) => {
  const journal = controlledJournal();
  const { connect, sessions, clock } = await ingestWorld(t, { journal });
  const peer = connect();
  await peer.hello();
  journal.become('behind');
  peer.vitals(1);
  sessions.stopTaking();
  journal.become('ok');
  await settled();
  clock.advance(1_000);
  t.ok(peer.transport.paused);
});
