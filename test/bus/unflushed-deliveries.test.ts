import t from 'tap';
import { groupDeliveries } from '../../src/bus/delivery-group.ts';
import { UnflushedDeliveries } from '../../src/bus/unflushed-deliveries.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { anAlarm } from '../support/alarms.ts';

const { id } = anAlarm(1);
const delivery = (clinician: string, fields: Partial<Delivery> = {}): Delivery => ({
  alarm: id,
  clinician: clinicianId(clinician),
  alerted_at: 1,
  sent_at: null,
  received_at: null,
  acknowledged_at: null,
  ...fields,
});

t.test('what is said of one delivery is one; what was said first stays', async (t) => {
  const unflushed = new UnflushedDeliveries(10);
  for (const fields of [{ sent_at: 1 }, { sent_at: 2, received_at: 3 }]) unflushed.add(delivery('a', fields));
  t.same(unflushed.of(id), [delivery('a', { sent_at: 1, received_at: 3 })]);
  t.same(unflushed.of(anAlarm(2).id), []);
  t.equal(unflushed.waiting, 1);
});

t.test('full of what is not on disk it takes no other, and takes others again when it is', async (t) => {
  const unflushed = new UnflushedDeliveries(2);
  t.ok(unflushed.add(delivery('a')));
  t.same(unflushed.handOver(), groupDeliveries([delivery('a')]));
  t.ok(unflushed.add(delivery('b')));
  t.notOk(unflushed.add(delivery('c')));
  t.ok(unflushed.add(delivery('b', { sent_at: 5 })), 'more of the same is no other');
  t.same(unflushed.of(id), [delivery('a'), delivery('b', { sent_at: 5 })], 'on the way to the disk, too');
  t.match(unflushed, { added: 3, flushed: 0, waiting: 1 });
  unflushed.written();
  t.equal(unflushed.flushed, 1);
  t.ok(unflushed.add(delivery('c')));
  t.same(unflushed.of(id), [delivery('b', { sent_at: 5 }), delivery('c')]);
});

t.test('those that differ only in whom they reached go to the disk as one', (t) => {
  const { clinician: _, ...shared } = delivery('a', { sent_at: 2 });
  t.same(groupDeliveries([delivery('a', { sent_at: 2 }), delivery('b', { sent_at: 2 }), delivery('c')]), [
    { ...shared, clinicians: '["a","b"]' },
    { ...shared, sent_at: null, clinicians: '["c"]' },
  ]);
  const other = { ...delivery('a'), alarm: anAlarm(2).id };
  t.same(
    groupDeliveries([delivery('a'), other, delivery('a', { alerted_at: 2 })]).map(
      ({ clinicians }) => clinicians,
    ),
    ['["a"]', '["a"]', '["a"]'],
    'another alarm, or one that alerted anew, is another',
  );
  t.same(groupDeliveries([]), []);
  t.end();
});

t.test('an alarm that alerted anew is delivered anew', async (t) => {
  const unflushed = new UnflushedDeliveries(10);
  for (const alerted_at of [1, 2, 1]) unflushed.add(delivery('a', { alerted_at }));
  t.equal(unflushed.waiting, 2);
  t.equal(unflushed.handOver().length, 2);
  t.equal(unflushed.of(id).length, 2);
});
