import * as fc from 'fast-check';
import t from 'tap';
import { neededHeight, TILE_LEVELS, wardLayout } from '../../../src/console/ward/ward-layout.ts';

const DESK = { width: 1_264, height: 640, rem: 16, vitals: 6 };
const WALL = { width: 1_904, height: 1_000, rem: 16, vitals: 6 };

t.test('four to 64 patients have room on the wall', async (t) => {
  for (let count = 4; count <= 64; count += 1) t.notOk(wardLayout({ ...WALL, count }).scrolls, `${count}`);
  t.equal(wardLayout({ ...WALL, count: 8 }).level, 'large');
  t.equal(wardLayout({ ...WALL, count: 64 }).level, 'small');
});

t.test('and on a desk, with less in each', async (t) => {
  for (let count = 4; count <= 64; count += 1) t.notOk(wardLayout({ ...DESK, count }).scrolls, `${count}`);
  t.equal(wardLayout({ ...DESK, count: 4 }).level, 'large');
});

t.test('eight on a desk are two rows of four', async (t) => {
  t.match(wardLayout({ ...DESK, count: 8 }), { columns: 4, rows: 2, scrolls: false });
});

t.test('a phone, and a page at 200 %, have one column that scrolls', async (t) => {
  const phone = wardLayout({ width: 374, height: 600, rem: 16, count: 8, vitals: 6 });
  t.match(phone, { columns: 1, rows: 8, scrolls: true, level: 'medium' });
  const zoomed = wardLayout({ width: 624, height: 290, rem: 16, count: 8, vitals: 6 });
  t.match(zoomed, { columns: 1, scrolls: true });
  const large = wardLayout({ ...DESK, rem: 32, count: 8 });
  t.match(large, { columns: 1, scrolls: true }, 'a larger font is a smaller screen');
});

t.test('more patients than there is room for: it says that it scrolls', async (t) => {
  const layout = wardLayout({ ...DESK, count: 300 });
  t.equal(layout.scrolls, true);
  t.ok(layout.columns > 1);
});

t.test('a tall tile has fewer values beside one another, in larger digits', async (t) => {
  t.equal(wardLayout({ ...WALL, count: 8 }).cellColumns, 3);
  t.equal(wardLayout({ ...DESK, count: 8 }).cellColumns, 4);
});

t.test('more vitals need more room', async (t) => {
  t.ok(neededHeight('large', 15, 11) > neededHeight('large', 15, 4));
  t.equal(neededHeight('tiny', 10, 11), neededHeight('tiny', 10, 3), 'a tiny tile shows three');
});

t.test('whatever the screen: everything has room, or it says that it scrolls', async () => {
  fc.assert(
    fc.property(
      fc.record({
        width: fc.integer({ min: 200, max: 4_000 }),
        height: fc.integer({ min: 100, max: 2_400 }),
        count: fc.integer({ min: 0, max: 128 }),
        rem: fc.constantFrom(12, 16, 20, 32),
        vitals: fc.integer({ min: 1, max: 9 }),
      }),
      (input) => {
        const { columns, rows, tile, level, scrolls, cellColumns } = wardLayout(input);
        const gap = 0.375 * input.rem;
        if (columns < 1 || cellColumns < 1 || columns * rows < input.count) return false;
        if (columns * tile.width + (columns - 1) * gap > input.width + 0.01) return false;
        if (tile.height + 0.01 < neededHeight(level, tile.width / input.rem, input.vitals) * input.rem)
          return false;
        return scrolls || rows * tile.height + (rows - 1) * gap <= input.height + 0.01;
      },
    ),
    { numRuns: 300 },
  );
});

t.test('with more room a tile never tells less', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 700, max: 2_500 }),
      fc.integer({ min: 300, max: 1_500 }),
      fc.integer({ min: 1, max: 64 }),
      (width, height, count) => {
        const told = (more: number): number => {
          const layout = wardLayout({
            width: width + more,
            height: height + more,
            count,
            rem: 16,
            vitals: 6,
          });
          return layout.scrolls ? TILE_LEVELS.length : TILE_LEVELS.indexOf(layout.level);
        };
        return told(200) <= told(0);
      },
    ),
    { numRuns: 200 },
  );
});
