import t from 'tap';
import { StreamLedger } from '../../src/ingest/stream-ledger.ts';
import { deviceId } from '../../src/model/ids.ts';
import { D1, D2, ingestWorld } from '../support/ingest-world.ts';
import { aVitalsRecord, STREAM, streams } from '../support/records.ts';

t.test('the journal says where a stream stands that nobody knows of', async (t) => {
  const { journal } = await ingestWorld(t);
  await journal.append(aVitalsRecord(7));
  t.same(await new StreamLedger(journal).open(D1, STREAM), { stream: STREAM, received: 7, durable: 7 });
  t.same(await new StreamLedger(journal).open(D2, STREAM), { stream: STREAM, received: 0, durable: 0 });
});

t.test('both connections of a device share one progress, also when they ask at once', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal);
  const [a, b] = await Promise.all([ledger.open(D1, STREAM), ledger.open(D1, STREAM)]);
  t.equal(a, b);
  a.received = 5;
  t.equal(await ledger.open(D1, STREAM), a);
});

t.test('another stream of the device, or a forgotten one, begins at what is on disk', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal);
  const first = await ledger.open(D1, STREAM);
  first.received = 5;
  t.match(await ledger.open(D1, streams[1]), { received: 0 });
  t.match(await ledger.open(D1, STREAM), { received: 0 }, 'what was not on disk is not known any more');
  (await ledger.open(D1, STREAM)).received = 9;
  ledger.forget(D1);
  t.match(await ledger.open(D1, STREAM), { received: 0 });
});

t.test('it is bounded: the device seen longest ago is left to the journal', async (t) => {
  const { journal } = await ingestWorld(t);
  const ledger = new StreamLedger(journal, 2);
  const [a, b, c] = ['A', 'B', 'C'].map(deviceId) as [typeof D1, typeof D1, typeof D1];
  const first = await ledger.open(a, STREAM);
  const second = await ledger.open(b, STREAM);
  await ledger.open(c, STREAM);
  t.not(await ledger.open(a, STREAM), first);
  t.not(await ledger.open(b, STREAM), second, 'which made room for it');
});
