import t from 'tap';
import {
  LAST_HOUR,
  moved,
  remembered,
  selected,
  stretchOf,
  type TrendWindow,
  zoomed,
} from '../../../../src/console/patient/trends/trend-window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_772_438_400_000;

t.test('what is live goes on a thousandth of its width at a time, and always holds now', async (t) => {
  const { from, to } = stretchOf(LAST_HOUR, NOW + 1);
  t.equal(to - from, HOUR);
  t.equal(to, NOW + 3_600);
  t.same(stretchOf(LAST_HOUR, NOW + 3_000), { from, to });
  t.same(stretchOf({ spanMs: HOUR, end: NOW }, NOW + 99 * HOUR), { from: NOW - HOUR, to: NOW });
});

t.test('a selection is what is shown; at least a minute of it', async (t) => {
  t.same(selected({ from: NOW - 2 * HOUR, to: NOW - HOUR }, NOW), { spanMs: HOUR, end: NOW - HOUR });
  t.same(selected({ from: NOW - HOUR, to: NOW - HOUR + 1_000 }, NOW), {
    spanMs: MINUTE,
    end: NOW - HOUR + 500 + MINUTE / 2,
  });
  t.same(
    selected({ from: NOW - HOUR, to: NOW + 5 }, NOW),
    { spanMs: HOUR + 5, end: null },
    'up to now is live',
  );
});

t.test('zoom keeps the middle, and what is live stays live', async (t) => {
  const past: TrendWindow = { spanMs: 2 * HOUR, end: NOW - 10 * HOUR };
  t.same(zoomed(past, 'in', NOW), { spanMs: HOUR, end: NOW - 10.5 * HOUR });
  t.same(zoomed(past, 'out', NOW), { spanMs: 4 * HOUR, end: NOW - 9 * HOUR });
  t.same(zoomed(LAST_HOUR, 'in', NOW), { spanMs: HOUR / 2, end: null });
  t.equal(zoomed({ spanMs: 7 * 24 * HOUR, end: null }, 'out', NOW).spanMs, 7 * 24 * HOUR);
  t.equal(zoomed({ spanMs: MINUTE, end: null }, 'in', NOW).spanMs, MINUTE);
});

t.test('it moves by half, and into the future never', async (t) => {
  const earlier = moved({ spanMs: HOUR, end: NOW }, 'earlier', NOW);
  t.same(earlier, { spanMs: HOUR, end: NOW - HOUR / 2 });
  t.same(moved(earlier, 'later', NOW + 1), { spanMs: HOUR, end: NOW });
  t.same(moved(earlier, 'later', NOW - 1), { spanMs: HOUR, end: null });
});

t.test('the way back is bounded', async (t) => {
  let before: readonly TrendWindow[] = [];
  for (let i = 0; i < 100; i += 1) before = remembered(before, { spanMs: i, end: null });
  t.equal(before.length, 30);
  t.equal(before.at(-1)?.spanMs, 99);
});

t.test('whole milliseconds, whatever was selected', async (t) => {
  const odd = selected({ from: NOW - 3 * HOUR + 0.3, to: NOW - HOUR + 0.9 }, NOW);
  for (const window of [
    odd,
    zoomed(odd, 'in', NOW),
    moved(odd, 'earlier', NOW),
    { spanMs: 8_649_001, end: null },
  ]) {
    const { from, to } = stretchOf(window, NOW + 7);
    t.ok(Number.isInteger(from) && Number.isInteger(to), JSON.stringify(window));
  }
});
