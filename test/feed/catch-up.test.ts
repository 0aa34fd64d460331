import fc from 'fast-check';
import t from 'tap';
import { compareCursors } from '../../src/bus/bus.ts';
import { catchUp } from '../../src/feed/catch-up.ts';
import type { Cursor } from '../../src/model/ids.ts';
import { raised } from '../support/alarms.ts';
import { A1, feedWorld } from '../support/feed-world.ts';
import { happens, settled } from '../support/happening.ts';

const patient = { patient: A1 };
const far = (cursor: string): Cursor => String(Number(cursor) + 1e6) as Cursor;

t.test(
  'events published at any moment of a catch-up are neither lost nor doubled nor out of order',
  async (t) => {
    const { bus } = await feedWorld(t);
    let onset = 0;
    const publish = (count: number): string[] =>
      Array.from({ length: count }, () => bus.publishAlarm(raised(++onset, patient)).cursor);
    const counts = fc.nat({ max: 3 });
    const plan = fc.record({
      before: fc.nat({ max: 30 }),
      skip: fc.nat({ max: 10 }),
      flushed: fc.boolean(),
      page: fc.integer({ min: 1, max: 5 }),
      atEvents: fc.array(counts, { maxLength: 6 }),
      whileReady: fc.array(counts, { maxLength: 6 }),
      beside: fc.array(counts, { maxLength: 6 }),
      after: counts,
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ before, skip, flushed, page, atEvents, whileReady, beside, after }) => {
        const published = publish(before + 1);
        const since = published[Math.min(skip, before)] as Cursor;
        if (flushed) await bus.flushed();
        const got: string[] = [];
        let live = false;
        using _ = bus.subscribe({ alarm: ({ cursor }) => live && got.push(cursor) });
        const [atEvent, ready, aside] = [[...atEvents], [...whileReady], [...beside]];
        const more = (from: number[]): void => void published.push(...publish(from.shift() ?? 0));
        const meanwhile = (async () => {
          while (aside.length > 0) {
            await new Promise((resolve) => setImmediate(resolve));
            more(aside);
          }
        })();
        await catchUp({
          bus,
          since,
          page,
          signal: new AbortController().signal,
          onEvent: ({ cursor }) => {
            got.push(cursor);
            more(atEvent);
          },
          onGap: () => t.fail('there is no gap'),
          ready: async () => {
            more(ready);
            await settled();
          },
          cutOver: () => {
            live = true;
          },
        });
        published.push(...publish(after));
        await meanwhile;
        const expected = published.filter((cursor) => Number(cursor) > Number(since));
        t.strictSame(
          got,
          expected.toSorted((a, b) => Number(a) - Number(b)),
        );
      }),
      { numRuns: 120 },
    );
  },
);

t.test('a cursor older than what is kept is a gap, told once, with the oldest that is kept', async (t) => {
  const { bus } = await feedWorld(t, { maxEvents: 5 });
  const first = bus.publishAlarm(raised(1, patient)).cursor;
  for (let onset = 2; onset <= 40; onset++) {
    bus.publishAlarm(raised(onset, patient));
    await bus.flushed();
  }
  const gaps: string[] = [];
  const events: string[] = [];
  await catchUp({
    bus,
    since: first,
    page: 2,
    signal: new AbortController().signal,
    onGap: (oldest) => gaps.push(oldest),
    onEvent: ({ cursor }) => events.push(cursor),
    ready: settled,
    cutOver: () => {},
  });
  t.equal(gaps.length, 1);
  t.equal(gaps[0], events[0]);
  t.ok(compareCursors(gaps[0] as Cursor, first) > 1);
  t.equal(events.at(-1), bus.newestCursor());
});

t.test('a cursor that this log never gave is a gap, and the feed goes live', async (t) => {
  const { bus } = await feedWorld(t);
  bus.publishAlarm(raised(1, patient));
  const gaps: string[] = [];
  let live = false;
  await catchUp({
    bus,
    since: far(bus.newestCursor()),
    signal: new AbortController().signal,
    onGap: (oldest) => gaps.push(oldest),
    onEvent: () => t.fail('nothing is after it'),
    ready: settled,
    cutOver: () => {
      live = true;
    },
  });
  t.same(gaps, [bus.newestCursor()]);
  t.ok(live);
});

t.test('what is trimmed while a slow reader is waited for is a gap too, not a silent loss', async (t) => {
  const { bus } = await feedWorld(t, { maxEvents: 10 });
  const since = bus.newestCursor();
  const flood = async (from: number): Promise<void> => {
    for (let onset = from; onset < from + 30; onset++) {
      bus.publishAlarm(raised(onset, patient));
      await bus.flushed();
    }
  };
  for (let onset = 1; onset <= 6; onset++) bus.publishAlarm(raised(onset, patient));
  await bus.flushed();
  let gaps = 0;
  let waits = 0;
  await catchUp({
    bus,
    since,
    page: 2,
    signal: new AbortController().signal,
    onGap: () => gaps++,
    onEvent: () => {},
    ready: async () => {
      if (waits++ === 0) await flood(100);
    },
    cutOver: () => {},
  });
  t.equal(gaps, 1);
});

t.test('an ended replay hands over nothing more and does not go live', async (t) => {
  const { bus } = await feedWorld(t);
  const since = bus.newestCursor();
  for (let onset = 1; onset <= 10; onset++) bus.publishAlarm(raised(onset, patient));
  const abort = new AbortController();
  let events = 0;
  await catchUp({
    bus,
    since,
    page: 20,
    signal: abort.signal,
    onGap: () => t.fail('no gap'),
    onEvent: () => {
      events++;
      if (events === 3) abort.abort();
    },
    ready: settled,
    cutOver: () => t.fail('is over'),
  });
  t.equal(events, 3);
  await happens('the bus is quiet', () => true);
});
