import t from 'tap';
import type { ServiceFacts } from '../../src/feed/service-board.ts';
import { ADMIN, feedWorld, WARD_A } from '../support/feed-world.ts';

const WELL: ServiceFacts = { reason: null, alarmLog: 'ok' };

t.test(
  'every feed is told within 5 s when recording stops, whatever it watches, and when it goes on',
  async (t) => {
    let facts = WELL;
    const { clock, join } = await feedWorld(t, { service: () => facts });
    const [nurse, admin] = [join(), join(ADMIN)];
    nurse.send({ type: 'subscribe', ward: WARD_A });
    clock.advance(10_000);
    t.same(nurse.of('service'), [], 'nothing is said while all is well');
    facts = { ...WELL, reason: 'disk_full' };
    const since = clock.now();
    clock.advance(1_000);
    for (const viewer of [nurse, admin]) {
      const [frame] = viewer.of('service');
      t.match(frame, { recording: 'stopped', reason: 'disk_full', alarm_log: 'ok' });
      t.ok(frame && frame.since - since <= 1_000 && frame.time - since < 5_000);
    }
    clock.advance(60_000);
    t.equal(nurse.of('service').length, 1, 'once');
    const began = nurse.of('service')[0]?.since;
    facts = { reason: 'disk_full', alarmLog: 'failed' };
    clock.advance(1_000);
    t.match(nurse.of('service').at(-1), { recording: 'stopped', since: began, alarm_log: 'failed' });
    facts = WELL;
    clock.advance(1_000);
    t.match(nurse.of('service').at(-1), { recording: 'ok', reason: null, alarm_log: 'ok' });
    t.equal(admin.of('service').length, 3);
  },
);

t.test('each reason has its state', async (t) => {
  let facts = WELL;
  const { clock, join } = await feedWorld(t, { service: () => facts });
  const viewer = join();
  for (const [reason, recording] of [
    ['stalled', 'delayed'],
    ['disk_full', 'stopped'],
    ['unread_full', 'stopped'],
    ['failed', 'stopped'],
  ] as const) {
    facts = { ...WELL, reason };
    clock.advance(1_000);
    t.match(viewer.of('service').at(-1), { reason, recording });
  }
});

t.test('whoever connects is told before anything else, unless all is well', async (t) => {
  let facts: ServiceFacts = { ...WELL, reason: 'stalled' };
  const { clock, join } = await feedWorld(t, { service: () => facts });
  const viewer = join();
  viewer.send({ type: 'subscribe', ward: WARD_A });
  t.match(viewer.frames.slice(0, 1), [{ type: 'service', recording: 'delayed', reason: 'stalled' }]);
  facts = WELL;
  clock.advance(1_000);
  t.same(join().frames, []);
});
