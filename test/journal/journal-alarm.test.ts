import t from 'tap';
import type { CodedError } from '../../src/core/coded-error.ts';
import { AlarmJournal } from '../../src/journal/journal-alarm.ts';
import type { LoggedAlarmEvent } from '../../src/model/alarm.ts';
import type { Cursor } from '../../src/model/ids.ts';
import { controlledJournal } from '../support/controlled-journal.ts';
import { happens, settled } from '../support/happening.ts';

/** What is journaled of an event is its own business: here its place is enough. */
const event = (place: number): LoggedAlarmEvent =>
  ({ cursor: String(place) as Cursor, event: 'raised', at: place }) as LoggedAlarmEvent;

function aJournal(maxWaiting?: number) {
  const journal = controlledJournal();
  const reports: string[] = [];
  const alarms = new AlarmJournal({
    journal,
    report: ({ code }: CodedError) => void reports.push(code),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  const places = async (): Promise<number[]> => {
    await happens('all of it is appended', () => alarms.waiting === 0);
    journal.commit();
    await settled();
    return journal.records.map((record) => (record.kind === 'alarm' ? Number(record.event.cursor) : 0));
  };
  return { journal, alarms, reports, places };
}

t.test('events wait while the journal takes nothing, and keep their order', async (t) => {
  const { journal, alarms, reports, places } = aJournal();
  alarms.add(event(1));
  journal.refuseNext('disk_full');
  for (const place of [2, 3, 4]) alarms.add(event(place));
  await settled();
  t.equal(alarms.waiting, 3);
  journal.become('unread_full');
  alarms.add(event(5));
  await settled();
  journal.become('ok');
  alarms.add(event(6));
  t.same(await places(), [1, 2, 3, 4, 5, 6]);
  t.same(reports, []);
});

t.test('a journal that fills up again while they go in gets the rest later', async (t) => {
  const { journal, alarms, places } = aJournal();
  journal.become('disk_full');
  for (let place = 1; place <= 2_500; place++) alarms.add(event(place));
  journal.become('ok');
  await happens('some are in', () => journal.pending > 0);
  journal.become('behind');
  await settled();
  t.ok(alarms.waiting > 0);
  journal.become('ok');
  t.same(
    await places(),
    Array.from({ length: 2_500 }, (_, index) => index + 1),
  );
});

t.test('past the bound the oldest are given up with one report, until all is well again', async (t) => {
  const { journal, alarms, reports, places } = aJournal(3);
  journal.become('disk_full');
  for (let place = 1; place <= 6; place++) alarms.add(event(place));
  t.same(reports, ['alarm_not_journaled']);
  journal.become('ok');
  t.same(await places(), [4, 5, 6]);
  journal.become('disk_full');
  for (let place = 7; place <= 11; place++) alarms.add(event(place));
  t.equal(reports.length, 2);
});

t.test('a journal that fails is told of once', async (t) => {
  const { journal, alarms, reports } = aJournal();
  alarms.add(event(1));
  journal.become('stalled');
  alarms.add(event(2));
  journal.become('failed');
  alarms.add(event(3));
  await settled();
  alarms.add(event(4));
  await settled();
  t.same(reports, ['alarm_not_journaled']);
  t.equal(alarms.waiting, 0);
});
