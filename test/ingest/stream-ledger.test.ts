import t from 'tap';
import { StreamLedger } from '../../src/ingest/stream-ledger.ts';
import type { StreamProgress } from '../../src/ingest/stream-progress.ts';
import { type DeviceId, deviceId, type StreamId } from '../../src/model/ids.ts';
import { controlledJournal } from '../support/controlled-journal.ts';
import { settled } from '../support/happening.ts';
import { D1, D2, ingestWorld } from '../support/ingest-world.ts';
import { aVitalsRecord, STREAM, streams } from '../support/records.ts';

/** As a device that does not say what it was acked. */
async function open(ledger: StreamLedger, device: DeviceId, stream: StreamId): Promise<StreamProgress> {
  const progress = await ledger.open(device, stream, null);
  if (progress === null) throw new Error('the journal does not answer');
  return progress;
}

const at = (seq: number, confirmed = true) => ({
  ...{ stream: STREAM, heard: seq, received: seq, durable: seq, confirmed },
});
const shown = (progress: StreamProgress | null) =>
  progress && {
    ...{ stream: progress.stream, heard: progress.heard, confirmed: progress.confirmed },
    ...{ received: progress.received, durable: progress.durable },
  };

t.test('the journal says where a stream stands that nobody knows of', async (t) => {
  const { journal } = await ingestWorld(t);
  await journal.append(aVitalsRecord(7));
  t.same(shown(await open(new StreamLedger(journal), D1, STREAM)), at(7));
  t.same(shown(await open(new StreamLedger(journal), D2, STREAM)), at(0));
});

t.test('both connections of a device share one progress, also when they ask at once', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal);
  const [a, b] = await Promise.all([open(ledger, D1, STREAM), open(ledger, D1, STREAM)]);
  t.equal(a, b);
  a.handedOver(5, 1);
  t.equal(await open(ledger, D1, STREAM), a);
});

t.test('another stream of the device, or a forgotten one, begins at what is on disk', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal);
  (await open(ledger, D1, STREAM)).handedOver(5, 1);
  t.match(await open(ledger, D1, streams[1]), { received: 0 });
  (await open(ledger, D1, STREAM)).handedOver(9, 1);
  ledger.forget(D1);
  t.match(await open(ledger, D1, STREAM), { received: 0 });
});

t.test('what an identity used twice has on its way to the disk is not recorded twice', async (t) => {
  const journal = controlledJournal();
  const ledger = new StreamLedger(journal);
  const [one, two] = streams;
  const three = '0b0b0b0b-0000-4000-8000-000000000003' as StreamId;
  for (const [stream, seq] of [
    [one, 5],
    [two, 7],
    [three, 9],
  ] as const) {
    const ticket = journal.enqueue(aVitalsRecord(seq, D1, stream));
    (await open(ledger, D1, stream)).handedOver(seq, ticket);
  }
  t.match(shown(await open(ledger, D1, one)), { received: 5, durable: 0 });
  t.match(shown(await open(ledger, D1, two)), { received: 7, durable: 0 });
  journal.commit();
  t.match(shown(await open(ledger, D1, one)), { received: 5, durable: 5 });
  t.match(shown(await open(ledger, D1, three)), { received: 9, durable: 9 });
});

t.test('it is bounded: the device seen longest ago is left to the journal', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal, 2);
  const [a, b, c] = ['A', 'B', 'C'].map(deviceId) as [typeof D1, typeof D1, typeof D1];
  const first = await open(ledger, a, STREAM);
  const second = await open(ledger, b, STREAM);
  await open(ledger, c, STREAM);
  t.not(await open(ledger, a, STREAM), first);
  t.not(await open(ledger, b, STREAM), second, 'which made room for it');
});

t.test('a device that came back was seen then', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal, 2);
  const [a, b, c] = ['A', 'B', 'C'].map(deviceId) as [typeof D1, typeof D1, typeof D1];
  const first = await open(ledger, a, STREAM);
  await open(ledger, b, STREAM);
  await open(ledger, a, STREAM);
  await open(ledger, c, STREAM);
  t.equal(await open(ledger, a, STREAM), first, 'what of it waits for the disk is not recorded twice');
});

t.test('while the journal does not answer, the word of the device stands for it', async (t) => {
  const journal = controlledJournal();
  const ledger = new StreamLedger(journal);
  void journal.append(aVitalsRecord(5));
  journal.commit();
  journal.become('stalled');
  t.equal(await ledger.open(D2, STREAM, null), null, 'without it nobody knows');
  const progress = await ledger.open(D1, STREAM, 3);
  t.same(shown(progress), at(3, false), 'and nothing is to be recorded on a word');
  t.equal(await ledger.open(D1, STREAM, 3), progress, 'the next connection shares it');
  journal.become('ok');
  await settled();
  t.same(shown(progress), at(5), 'the journal has the last word');
});

t.test('a journal that has less than the device was acked has lost the stream', async (t) => {
  const journal = controlledJournal();
  const ledger = new StreamLedger(journal);
  journal.become('stalled');
  const progress = await ledger.open(D1, STREAM, 9);
  journal.become('ok');
  await settled();
  t.same(shown(progress), { ...at(0), heard: 9 });
});

t.test('a journal that falls silent while it is asked is not waited for', async (t) => {
  const journal = controlledJournal();
  const ledger = new StreamLedger(journal);
  journal.become('stalled');
  const durableSeq = journal.durableSeq.bind(journal);
  const asked = durableSeq(D1, STREAM);
  journal.become('disk_full');
  t.equal(await asked, 0, 'a full disk can be read');
  const silent = Promise.withResolvers<number>();
  journal.durableSeq = () => silent.promise;
  const opening = ledger.open(D1, STREAM, 2);
  await settled();
  journal.become('stalled');
  t.same(shown(await opening), at(2, false));
  journal.become('failed');
  t.same(shown(await ledger.open(D2, STREAM, 0)), at(0, false), 'nor is one that has failed');
});
