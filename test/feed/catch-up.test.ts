import fc from 'fast-check';
import t from 'tap';
import { compareCursors } from '../../src/bus/bus.ts';
import { catchUp } from '../../src/feed/catch-up.ts';
import type { Cursor } from '../../src/model/ids.ts';
import { raised } from '../support/alarms.ts';
import { A1, B1, feedWorld } from '../support/feed-world.ts';
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

type Happening =
  | { readonly publish: number; readonly whose: number }
  | { readonly unread: number }
  | { readonly turns: number }
  | { readonly lost: number };

/** What happens to a feed, in any order. */
const happenings: fc.Arbitrary<Happening[]> = fc.array<Happening>(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ publish: fc.integer({ min: 1, max: 4 }), whose: fc.nat({ max: 2 }) }),
    },
    // What lies unread in the socket: nothing, enough for a replay to wait, enough to be thrown out.
    { weight: 2, arbitrary: fc.record({ unread: fc.constantFrom(0, 1, 4) }) },
    { weight: 2, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 3 }) }) },
    // The connection is lost, and with it the last frames on their way.
    { weight: 1, arbitrary: fc.record({ lost: fc.nat({ max: 4 }) }) },
  ),
  { minLength: 5, maxLength: 30 },
);

t.test(
  'a client that is slow, thrown out, cut off and comes back hears each event once, in order',
  async (t) => {
    const { bus, join, clock } = await feedWorld(t);
    let onset = 0;
    let closes = 0;
    const run = async (plan: readonly Happening[]): Promise<void> => {
      let since: string = bus.newestCursor();
      const expected: string[] = [];
      const heard: string[] = [];
      let unread = 0;
      const connect = () => {
        const viewer = join();
        viewer.transport.bufferedAmount = unread * 2 ** 20;
        viewer.send({ type: 'subscribe', since });
        return viewer;
      };
      let viewer = connect();
      const comeBack = (lost: number): void => {
        const frames = viewer.frames.slice(0, viewer.frames.length - lost);
        for (const frame of frames) {
          if (frame.type === 'alarm') heard.push(frame.cursor);
          if (frame.type === 'alarm' || frame.type === 'snapshot') since = frame.cursor;
        }
        if (viewer.transport.closed?.code === 1013) closes++;
        viewer.leave();
        viewer = connect();
      };
      const publish = (whose: number): void => {
        onset++;
        // Of somebody watched; of somebody else; of somebody else, calling everybody.
        const event =
          whose === 0
            ? raised(onset, patient)
            : whose === 1
              ? raised(onset, { patient: B1 })
              : ({ ...raised(onset, { patient: B1, circle: 'on_duty' }), event: 'escalated' } as const);
        const { cursor } = bus.publishAlarm(event);
        if (whose !== 1) expected.push(cursor);
      };
      for (const step of plan) {
        if ('publish' in step) for (let i = 0; i < step.publish; i++) publish(step.whose);
        if ('unread' in step) {
          unread = step.unread;
          viewer.transport.bufferedAmount = unread * 2 ** 20;
        }
        if ('turns' in step)
          for (let i = 0; i < step.turns; i++) {
            await settled();
            clock.advance(20);
          }
        if ('lost' in step) comeBack(step.lost);
        else if (viewer.transport.closed !== null) comeBack(0);
      }
      unread = 0;
      comeBack(0);
      await happens('the snapshot', () => viewer.of('snapshot').length > 0);
      publish(0);
      comeBack(0);
      viewer.leave();
      t.same(heard, expected);
    };
    await fc.assert(fc.asyncProperty(happenings, run), { numRuns: 100 });
    t.ok(closes > 0, `${closes} times it was too slow`);
  },
);
