import type { Test } from 'tap';
import t from 'tap';
import type { JournalCondition } from '../../src/journal/journal.ts';
import { isFrame } from '../../src/model/record.ts';
import { controlledJournal } from '../support/controlled-journal.ts';
import { happens, settled } from '../support/happening.ts';
import { counted, D1, ingestWorld, type Peer, WARD } from '../support/ingest-world.ts';
import { STREAM, streams } from '../support/records.ts';

const UNRECORDED = 'vitalwire_ingest_unrecorded_frames_total';
const CONDITIONS: readonly JournalCondition[] = ['stalled', 'disk_full', 'unread_full', 'failed'];

async function aWorld(t: Test) {
  const journal = controlledJournal();
  const world = await ingestWorld(t, { journal });
  const relayed: number[] = [];
  const alarms: string[] = [];
  world.bus.subscribe({
    vitals: ({ samples }) => void relayed.push(...samples.map(({ heart_rate }) => heart_rate ?? 0)),
    alarm: ({ event, alarm }) => void alarms.push(`${event} ${alarm.priority}`),
  });
  const seqs = (): number[] => journal.records.filter(isFrame).map(({ seq }) => seq);
  return { ...world, journal, relayed, alarms, seqs };
}

/** A frame whose heart rate is its number, so that what is relayed tells which it was. */
function send(peer: Peer, clock: { now(): number }, ...seqs: readonly number[]): void {
  for (const seq of seqs) peer.vitals(seq, { t: clock.now(), heart_rate: 60 + seq });
}

for (const condition of CONDITIONS)
  t.test(`${condition}: frames are heard, and neither recorded nor acked`, async (t) => {
    const { connect, journal, clock, relayed, seqs, metrics } = await aWorld(t);
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0 });
    send(peer, clock, 1);
    journal.commit();
    await settled();
    t.same(peer.of('ack'), [{ type: 'ack', seq: 1 }]);
    journal.become(condition);
    send(peer, clock, 2, 3, 4);
    await settled();
    clock.advance(5_000);
    t.same(relayed, [61, 62, 63, 64]);
    t.same(seqs(), [1]);
    t.equal(peer.of('ack').length, 1);
    t.equal(peer.transport.paused, false, 'the socket is read');
    t.equal(peer.transport.closed, null);
    t.equal(await counted(metrics, UNRECORDED), 3);
  });

t.test('an alarm rises and clears while the disk is full', async (t) => {
  const { connect, journal, clock, alarms, registry } = await aWorld(t);
  t.equal(registry.patients().at(0)?.ward, WARD);
  const peer = connect();
  await peer.hello();
  journal.become('disk_full');
  for (let seq = 1; seq <= 30; seq++) {
    peer.vitals(seq, { t: clock.now(), heart_rate: 180 });
    clock.advance(1_000);
  }
  t.match(alarms, ['raised high'], 'by the delays of its limits');
});

t.test(
  'when there is room again, what was not recorded is asked for once and recorded in order',
  async (t) => {
    const { connect, journal, clock, relayed, seqs, metrics } = await aWorld(t);
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0 });
    send(peer, clock, 1, 2);
    journal.commit();
    journal.become('disk_full');
    send(peer, clock, 3, 4, 5);
    journal.become('ok');
    t.same(peer.of('resend'), []);
    clock.advance(100);
    t.same(peer.of('resend'), [{ type: 'resend', from: 3 }]);
    send(peer, clock, 6, 7);
    t.same(relayed, [61, 62, 63, 64, 65, 66, 67], 'what was under way is heard as it comes');
    send(peer, clock, 3, 4, 5, 6, 7, 8);
    journal.commit();
    await settled();
    clock.advance(1_000);
    t.same(relayed, [61, 62, 63, 64, 65, 66, 67, 68], 'and not a second time');
    t.same(seqs(), [1, 2, 3, 4, 5, 6, 7, 8]);
    t.equal(peer.of('ack').at(-1)?.seq, 8);
    t.equal(peer.of('resend').length, 1);
    t.equal(await counted(metrics, 'vitalwire_samples_total{outcome="accepted"}'), 8, 'counted once');
    t.equal(await counted(metrics, UNRECORDED), 5);
  },
);

t.test('a disk that fills up again before it has everything is asked for the rest later', async (t) => {
  const { connect, journal, clock, seqs, relayed } = await aWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  journal.become('disk_full');
  send(peer, clock, 1, 2, 3, 4);
  journal.become('ok');
  clock.advance(100);
  send(peer, clock, 1, 2);
  journal.become('unread_full');
  send(peer, clock, 3, 4);
  journal.become('ok');
  clock.advance(1_000);
  t.same(peer.of('resend'), [
    { type: 'resend', from: 1 },
    { type: 'resend', from: 3 },
  ]);
  send(peer, clock, 3, 4);
  journal.commit();
  t.same(seqs(), [1, 2, 3, 4]);
  t.same(relayed, [61, 62, 63, 64]);
});

t.test(
  'a reconnect does not make heard frames news: no second alarm, and no retrospective one',
  async (t) => {
    const { connect, journal, clock, alarms, relayed, seqs } = await aWorld(t);
    const peer = connect();
    await peer.hello();
    journal.become('disk_full');
    const sent: [number, number][] = [];
    for (let seq = 1; seq <= 20; seq++) {
      sent.push([seq, clock.now()]);
      peer.vitals(seq, { t: clock.now(), heart_rate: 180 });
      clock.advance(1_000);
    }
    peer.leave();
    const before = [...alarms];
    const again = connect();
    await again.hello({ ack_interval_ms: 0 });
    t.match(again.frames, [{ type: 'welcome', ack: 0 }]);
    const repeat = (): void => {
      for (const [seq, t] of sent) again.vitals(seq, { t, heart_rate: 180 });
    };
    repeat();
    t.equal(relayed.length, 20);
    clock.advance(61_000);
    journal.become('ok');
    clock.advance(100);
    t.same(again.of('resend'), [{ type: 'resend', from: 1 }]);
    repeat();
    journal.commit();
    await settled();
    t.equal(seqs().length, 20);
    t.equal(again.of('ack').at(-1)?.seq, 20);
    t.match(before, ['raised high']);
    t.notOk(
      alarms.slice(before.length).some((event) => /raised high|retrospective|cleared/.test(event)),
      alarms.join(', '),
    );
  },
);

t.test(
  'rejections and status are told once: the first when it is recorded, the second when it is heard',
  async (t) => {
    const { connect, journal, clock, bus, metrics } = await aWorld(t);
    const batteries: (number | null)[] = [];
    bus.subscribe({ presence: ({ battery_percent }) => void batteries.push(battery_percent) });
    const peer = connect();
    await peer.hello();
    journal.become('stalled');
    const frames = (): void => {
      peer.vitals(1, { t: clock.now(), heart_rate: 72 }, { t: clock.now(), heart_rate: 999 });
      peer.send({ type: 'status', seq: 2, battery_percent: 40 });
      peer.send({ type: 'waveform', seq: 3, signal: 'nonsense', t: clock.now(), rate_hz: 100, values: [1] });
    };
    frames();
    t.same(peer.of('reject'), []);
    t.same(batteries.at(-1), 40);
    journal.become('ok');
    clock.advance(100);
    const told = batteries.length;
    frames();
    journal.commit();
    t.match(peer.of('reject'), [
      { seq: 1, code: 'impossible_value' },
      { seq: 3, code: 'unknown_signal' },
    ]);
    t.equal(batteries.length, told);
    t.same(
      journal.records.filter(isFrame).map(({ kind }) => kind),
      ['vitals', 'status', 'consumed'],
    );
    t.equal(await counted(metrics, 'vitalwire_samples_total{outcome="rejected"}'), 1);
  },
);

t.test('a trace is relayed when it is heard, and not again', async (t) => {
  const { connect, journal, clock, bus } = await aWorld(t);
  let traces = 0;
  bus.subscribe({ waveform: () => void traces++ });
  const peer = connect();
  await peer.hello();
  journal.become('failed');
  const wave = {
    type: 'waveform',
    seq: 1,
    signal: 'ecg_ii',
    t: clock.now(),
    rate_hz: 100,
    values: [1],
  } as const;
  peer.send({ ...wave, values: [1] });
  peer.send({ ...wave, values: [1] });
  t.equal(traces, 1);
});

t.test('order and gaps are kept while nothing is recorded', async (t) => {
  const { connect, journal, clock, relayed } = await aWorld(t);
  const peer = connect();
  await peer.hello();
  journal.become('disk_full');
  send(peer, clock, 1, 3, 4);
  t.same(peer.of('resend'), [{ type: 'resend', from: 2 }]);
  send(peer, clock, 2, 3, 4, 4, 5);
  t.same(relayed, [61, 62, 63, 64, 65]);
});

t.test('what was pending when the journal failed is never acked, and the session lives on', async (t) => {
  const { connect, journal, clock, relayed } = await aWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  send(peer, clock, 1, 2, 3);
  journal.become('failed');
  await settled();
  send(peer, clock, 4);
  clock.advance(5_000);
  t.same(peer.of('ack'), []);
  t.equal(peer.transport.closed, null);
  peer.leave();
  const again = connect();
  await again.hello({ ack_interval_ms: 0 });
  t.match(again.frames, [{ type: 'welcome', ack: 0 }]);
  send(again, clock, 1, 2, 3, 4, 5);
  clock.advance(5_000);
  t.same(relayed, [61, 62, 63, 64, 65]);
  t.notOk(again.of('ack').some(({ seq }) => seq > 0));
});

t.test('a frame that the journal refuses after all is heard, and asked for again', async (t) => {
  const { connect, journal, clock, relayed, seqs } = await aWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  send(peer, clock, 1);
  journal.refuseNext('unread_full');
  send(peer, clock, 2, 3);
  journal.commit();
  await settled();
  t.equal(peer.of('ack').at(-1)?.seq, 1);
  journal.become('ok');
  clock.advance(100);
  t.same(peer.of('resend'), [{ type: 'resend', from: 2 }]);
  send(peer, clock, 2, 3);
  journal.commit();
  await settled();
  t.equal(peer.of('ack').at(-1)?.seq, 3);
  t.same(seqs(), [1, 2, 3]);
  t.same(relayed, [61, 62, 63]);
});

t.test('a device held back is heard as soon as waiting makes no sense any more', async (t) => {
  const { connect, journal, clock, relayed } = await aWorld(t);
  const peer = connect();
  await peer.hello();
  journal.become('behind');
  send(peer, clock, 1, 2);
  t.ok(peer.transport.paused);
  t.same(relayed, []);
  journal.become('stalled');
  await settled();
  t.same(relayed, [61, 62]);
  t.equal(peer.transport.paused, false);
});

t.test(
  'a device that comes while the journal does not answer is heard, by its own word of what was acked',
  async (t) => {
    const { connect, journal, clock, relayed, seqs } = await aWorld(t);
    const first = connect();
    await first.hello({ stream: streams[1] });
    first.leave();
    journal.become('stalled');
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0, acked: 7 });
    t.match(peer.frames, [{ type: 'welcome', ack: 7 }]);
    send(peer, clock, 8, 9);
    t.same(relayed, [68, 69]);
    journal.become('failed');
    await settled();
    send(peer, clock, 10);
    t.same(relayed, [68, 69, 70]);
    t.same(seqs(), []);
    t.equal(peer.transport.closed, null);
  },
);

t.test(
  'one that does not say what was acked is told to come later, and never a number that is too low',
  async (t) => {
    const { connect, journal } = await aWorld(t);
    journal.become('stalled');
    const peer = connect();
    await peer.hello();
    t.equal(peer.transport.closed?.code, 1013);
    t.same(peer.of('welcome'), []);
  },
);

t.test('what the journal had after all is acked and not recorded twice', async (t) => {
  const { connect, journal, clock, seqs, relayed } = await aWorld(t);
  const earlier = connect();
  await earlier.hello();
  send(earlier, clock, 1, 2, 3, 4);
  journal.commit();
  earlier.leave();
  await settled();
  // As after a restart: nothing is remembered.
  const stream = connect(D1);
  await stream.hello({ stream: streams[1] });
  stream.leave();
  journal.become('stalled');
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0, acked: 2 });
  send(peer, clock, 3, 4, 5);
  journal.become('ok');
  await settled();
  clock.advance(100);
  t.same(peer.of('resend'), [{ type: 'resend', from: 5 }]);
  t.equal(peer.of('ack').at(-1)?.seq, 4);
  send(peer, clock, 5);
  journal.commit();
  await settled();
  t.same(seqs(), [1, 2, 3, 4, 5]);
  t.equal(relayed.at(-1), 65);
});

t.test(
  'a stream that the journal has lost is told to the device as soon as the journal answers',
  async (t) => {
    const { connect, journal, clock, relayed } = await aWorld(t);
    journal.become('stalled');
    const peer = connect();
    await peer.hello({ acked: 9 });
    journal.become('ok');
    await settled();
    send(peer, clock, 10);
    t.same(relayed, [70], 'heard all the same');
    t.same(peer.of('resend'), [{ type: 'resend', from: 1 }]);
  },
);

t.test('a fleet is asked for what it kept at a pace, those who came first before the others', async (t) => {
  const { connect, journal, clock, registry } = await aWorld(t);
  const peers: Peer[] = [];
  const device = registry.device(D1);
  if (!device) throw new Error('no device');
  for (let n = 0; n < 4; n++) {
    const id = `R${n}` as typeof D1;
    await registry.addDevice({ ...device, id });
    const peer = connect(id);
    await peer.hello({ stream: STREAM });
    peers.push(peer);
  }
  journal.become('disk_full');
  for (const peer of peers) for (let seq = 1; seq <= 1_500; seq++) peer.vitals(seq);
  journal.become('ok');
  const asked = (): number => peers.filter((peer) => peer.of('resend').length > 0).length;
  clock.advance(100);
  t.equal(asked(), 2);
  clock.advance(100);
  t.equal(asked(), 4);
});

t.test(
  'a store that is too far behind stops the recording, not the hearing, until it catches up',
  async (t) => {
    const { connect, journal, clock, bus, storedFrames } = await ingestWorld(t, { maxUnreadBytes: 2_000 });
    const relayed: number[] = [];
    bus.subscribe({
      vitals: ({ samples }) => void relayed.push(...samples.map(({ heart_rate }) => heart_rate ?? 0)),
    });
    const all = Array.from({ length: 30 }, (_, index) => index + 1);
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0 });
    for (const seq of all) {
      send(peer, clock, seq);
      await happens('it is durable, or not taken', () => journal.stats().pendingRecords === 0);
    }
    t.equal(journal.condition, 'unread_full');
    t.same(
      relayed,
      all.map((seq) => 60 + seq),
    );
    const acked = peer.of('ack').at(-1)?.seq ?? 0;
    t.ok(acked > 0 && acked < 30);
    const kept = (await storedFrames()).map(({ seq }) => seq);
    t.equal(kept.length, acked);

    await journal.reader('test').commit(journal.stats().position);
    await happens('there is room', () => journal.condition === 'ok');
    clock.advance(100);
    t.same(peer.of('resend'), [{ type: 'resend', from: acked + 1 }]);
    send(peer, clock, acked + 1, acked + 2);
    await happens('both are acked', () => peer.of('ack').at(-1)?.seq === acked + 2);
    t.equal(relayed.length, 30);
  },
);
