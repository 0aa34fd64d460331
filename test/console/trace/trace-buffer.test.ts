import * as fc from 'fast-check';
import t from 'tap';
import { TraceBuffer } from '../../../src/console/trace/trace-buffer.ts';

interface Seen {
  readonly t: number;
  readonly value: number;
  readonly joined: boolean;
}

function all(
  buffer: TraceBuffer,
  after = Number.NEGATIVE_INFINITY,
  until = Number.POSITIVE_INFINITY,
): Seen[] {
  const seen: Seen[] = [];
  buffer.each(after, until, (at, value, joined) => seen.push({ t: at, value, joined }));
  return seen;
}

const chunk = (at: number, values: number[], rate_hz = 100) => ({ t: at, rate_hz, values });

t.test('chunks that follow one another are one line', async (t) => {
  const buffer = new TraceBuffer(10_000);
  t.ok(buffer.add(chunk(1_000, [1, 2])));
  t.ok(buffer.add(chunk(1_020, [3, 4])));
  t.same(all(buffer), [
    { t: 1_000, value: 1, joined: false },
    { t: 1_010, value: 2, joined: true },
    { t: 1_020, value: 3, joined: true },
    { t: 1_030, value: 4, joined: true },
  ]);
  t.equal(buffer.end, 1_040);
  t.same(
    all(buffer, 1_010, 1_020).map(({ t: at }) => at),
    [1_020],
    'after is exclusive, until inclusive',
  );
});

t.test('what is missing is a break, and a clock that trembles is none', async (t) => {
  const buffer = new TraceBuffer(10_000);
  buffer.add(chunk(1_000, [1, 2]));
  buffer.add(chunk(1_023, [3]));
  buffer.add(chunk(1_053, [4]));
  t.same(
    all(buffer).map(({ joined }) => joined),
    [false, true, true, false],
  );
});

t.test('a late chunk takes its place, and closes the gap', async (t) => {
  const buffer = new TraceBuffer(10_000);
  buffer.add(chunk(1_000, [1, 2]));
  buffer.add(chunk(1_040, [5, 6]));
  t.ok(buffer.add(chunk(1_020, [3, 4])));
  t.same(
    all(buffer).map(({ value, joined }) => [value, joined]),
    [1, 2, 3, 4, 5, 6].map((value) => [value, value > 1]),
  );
});

t.test('what came before is not taken twice', async (t) => {
  const buffer = new TraceBuffer(10_000);
  buffer.add(chunk(1_000, [1, 2, 3]));
  t.notOk(buffer.add(chunk(1_000, [1, 2, 3])));
  t.notOk(buffer.add(chunk(1_010, [9])));
  t.ok(buffer.add(chunk(1_020, [9, 4])), 'of a chunk that overlaps, what is new');
  t.same(
    all(buffer).map(({ value }) => value),
    [1, 2, 3, 4],
  );
});

t.test('another rate is another step', async (t) => {
  const buffer = new TraceBuffer(10_000);
  buffer.add(chunk(1_000, [1, 2], 100));
  buffer.add(chunk(1_020, [3, 4], 500));
  t.same(
    all(buffer).map(({ t: at }) => at),
    [1_000, 1_010, 1_020, 1_022],
  );
  t.notOk(buffer.add(chunk(2_000, [1], 0)), 'no rate, no times');
  t.notOk(buffer.add(chunk(2_000, [])));
});

t.test('it keeps so long, and so many', async (t) => {
  const buffer = new TraceBuffer(1_000, 250);
  for (let at = 0; at < 20_000; at += 100)
    buffer.add(
      chunk(
        at,
        Array.from({ length: 10 }, () => 0),
      ),
    );
  t.equal(buffer.end, 20_000);
  t.ok((all(buffer)[0]?.t ?? 0) >= 18_900);
  t.notOk(buffer.add(chunk(18_000, [1])), 'too late');
  const many = new TraceBuffer(1_000_000, 250);
  for (let at = 0; at < 20_000; at += 100)
    many.add(
      chunk(
        at,
        Array.from({ length: 10 }, () => 0),
      ),
    );
  t.ok(many.size <= 250);
  t.equal(all(many).length, many.size);
});

t.test('extremes since a moment', async (t) => {
  const buffer = new TraceBuffer(10_000);
  t.equal(buffer.extremes(0), null);
  buffer.add(chunk(1_000, [9, -1, 2, 3]));
  t.same(buffer.extremes(1_010), { min: 2, max: 3 });
});

t.test('a chunk of a slower rate does not begin before the last value of a faster one', async (t) => {
  const buffer = new TraceBuffer(5_000);
  buffer.add({ t: 0, rate_hz: 250, values: [1, 2, 3, 4, 5] });
  buffer.add({ t: 4, rate_hz: 25, values: [6, 7] });
  t.same(
    all(buffer).map(({ t: at }) => at),
    [0, 4, 8, 12, 16, 44],
  );
});

t.test('whatever comes in whatever order: times grow, none twice, bounded', async () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          t: fc.integer({ min: 0, max: 20_000 }),
          rate_hz: fc.constantFrom(25, 100, 125, 250),
          values: fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 300 }),
        }),
        { maxLength: 40 },
      ),
      (chunks) => {
        const buffer = new TraceBuffer(5_000, 1_000);
        for (const each of chunks) buffer.add(each);
        const seen = all(buffer);
        if (seen.length !== buffer.size || seen.length > 1_300) return false;
        return seen.every(({ t: at }, i) => i === 0 || at > (seen[i - 1]?.t ?? 0) - 1e-6);
      },
    ),
    { numRuns: 200 },
  );
});
