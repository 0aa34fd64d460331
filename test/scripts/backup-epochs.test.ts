import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import t from 'tap';
import { epochAfter, epochsIn } from '../../scripts/backup/alarm-epochs.ts';
import { EPOCHS, leapAlarmLog } from '../../src/bus/alarm-log-epoch.ts';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { systemClock } from '../../src/core/clock.ts';
import { raised } from '../support/alarms.ts';

const HOUR_MS = 3_600_000;

const open = (directory: string) =>
  openEmbeddedBus({
    path: join(directory, 'alarms.db'),
    clock: systemClock(),
    onError: (error) => {
      throw error;
    },
  });

t.test(
  'a cursor of after the backup is not known to a restored log, and none of its own is below it',
  async (t) => {
    const directory = t.testdir({ live: {}, restored: {} });
    const [live, restored] = [join(directory, 'live'), join(directory, 'restored')];
    const publish = async (onset: number) => {
      await using bus = await open(live);
      return bus.publishAlarm(raised(onset)).cursor;
    };
    const kept = await publish(1_000);
    copyFileSync(join(live, 'alarms.db'), join(restored, 'alarms.db'));
    const lost = [await publish(2_000), await publish(3_000)];
    const database = new DatabaseSync(join(restored, 'alarms.db'));
    const created = Date.now();
    leapAlarmLog(database, epochAfter(1, epochsIn([live]), { created, now: created }));
    database.close();
    await using bus = await open(restored);
    t.match(await bus.alarmsAfter(kept, 10), { events: [], gap: false }, 'of before the backup');
    for (const cursor of lost) t.match(await bus.alarmsAfter(cursor, 10), { gap: true }, 'of after it');
    const { cursor } = bus.publishAlarm(raised(4_000));
    t.ok(Number(cursor) > Math.max(...lost.map(Number)));
  },
);

t.test(
  'an epoch leaps above every one that is known, and above as many as a server opens in the time',
  (t) => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.array(fc.nat(20_000), { maxLength: 3 }),
        fc.nat(24 * 365),
        (epoch, known, hours) => {
          const now = 1_700_000_000_000;
          const next = epochAfter(epoch, known, { created: now - hours * HOUR_MS, now });
          return next > Math.max(epoch, ...known) + 1_000 + hours && next < EPOCHS / 4;
        },
      ),
    );
    t.doesNotThrow(() => epochAfter(1, [], { created: 2, now: 1 }), 'a clock that was set back');
    t.end();
  },
);

t.test('an epoch whose cursors would be no exact numbers is refused', (t) => {
  using database = new DatabaseSync(':memory:');
  t.throws(() => leapAlarmLog(database, Math.ceil(EPOCHS)), { code: 'alarm_epochs_spent' });
  t.end();
});
