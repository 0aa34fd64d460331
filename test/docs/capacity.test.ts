import t from 'tap';
import { BENCHMARKS } from '../../scripts/bench/benchmarks.ts';
import { capacityFigures } from '../../scripts/bench/capacity/capacity-figures.ts';
import { TARGET_IDS, targetText } from '../../scripts/bench/targets.ts';
import { page, section } from './pages.ts';

const capacity = page('docs/capacity.md');

type Symbols = Readonly<Record<string, number>>;

/** Rows of the second table: what is reckoned for `n` devices. */
const RECKONED: readonly (readonly [how: string, value: (n: number, of: Symbols) => number])[] = [
  ['n (C + I) / 10,000', (n, { C = 0, I = 0 }) => (n * (C + I)) / 10_000],
  ['n K / 10,000', (n, { K = 0 }) => (n * K) / 10_000],
  ['B + n M / 1,024', (n, { B = 0, M = 0 }) => B + (n * M) / 1_024],
  ['n R / 1,000,000', (n, { R = 0 }) => (n * R) / 1e6],
  ['n H / 1,000,000', (n, { H = 0 }) => (n * H) / 1e6],
  ['n (X + Y) / 1,000,000', (n, { X = 0, Y = 0 }) => (n * (X + Y)) / 1e6],
  ['min(20,000, (1,000,000 - n (C + I)) / C)', (n, of) => spare(n, of)],
  ['3,600 n / (the row above) / 60', (n, of) => (3_600 * n) / spare(n, of) / 60],
  ['86,400 n J / 10^9', (n, { J = 0 }) => (86_400 * n * J) / 1e9],
  ['2^34 / (3,600 n J)', (n, { J = 0 }) => 2 ** 34 / (3_600 * n * J)],
  ['n J / 100,000', (n, { J = 0 }) => (n * J) / 1e5],
  ['n W / 10^6', (n, { W = 0 }) => (n * W) / 1e6],
  ['100 n / P', (n, { P = 0 }) => (100 * n) / P],
  ['86,400 n D / 10^9', (n, { D = 0 }) => (86_400 * n * D) / 1e9],
  ['86,400 n T / 10^9', (n, { T = 0 }) => (86_400 * n * T) / 1e9],
  ['A', (_, { A = 0 }) => A],
  ['8 n (U + 52) / 10^6', (n, { U = 0 }) => (8 * n * (U + 52)) / 1e6],
  ['8 n (V + 52) / 10^6', (n, { V = 0 }) => (8 * n * (V + 52)) / 1e6],
];
const SIZES = [40, 2_000, 10_000];
const ROUNDED = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

function spare(n: number, { C = 0, I = 0 }: Symbols): number {
  return Math.min(20_000, (1e6 - n * (C + I)) / C);
}

function rowsOf(heading: string): readonly (readonly string[])[] {
  const lines = section(capacity, heading)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => line.slice(2, -2).split(' | '));
}

const measured = rowsOf('## What a device costs');
const symbols: Symbols = Object.fromEntries(
  measured.map(([symbol = '', , value]) => [symbol.replaceAll('`', ''), Number(value)]),
);

t.test('what is reckoned follows from what was measured', async (t) => {
  t.ok(Object.values(symbols).every((value) => Number.isFinite(value) && value > 0));
  const rows = rowsOf('## What it comes to');
  t.same(
    rows.map(([, how, ...values]) => [how, ...values]),
    RECKONED.map(([how, value]) => [`\`${how}\``, ...SIZES.map((n) => ROUNDED.format(value(n, symbols)))]),
  );
});

t.test('one server of a country is within what a core carries', async (t) => {
  const { C = 0, I = 0 } = symbols;
  t.ok(10_000 * (C + I) <= 0.6e6, 'at 60 %: take fewer, and say so in the page');
});

t.test('every figure is one that the benchmark prints, in its unit', async (t) => {
  const block = { subject: 'product', acked: 1, journaled: 1, seconds: 1, cpuUs: 1, commits: 1 };
  const blocks = { ...block, journalBytes: 1, diskBytes: 1 };
  const store = { points: 1, pointsASecond: 1, bytesAPoint: 1, as: 'compacted' };
  const passed = { up: 1, down: 1 };
  const { figures } = capacityFigures({
    size: { devices: 1, denseRate: 1, metered: 1 },
    fleet: {
      ...{ paced: blocks, dense: blocks, connectBytes: passed, frameBytes: passed, notes: [] },
      ...{ idleUs: 1, memoryKiB: 1, baseKiB: 1, fullUs: 1, resumedUs: 1, resumed: 1 },
      alarms: { events: 1, bytesAnEvent: 1 },
    },
    ...{ influx: store, embedded: store },
  });
  const printed = new Map(figures.map(({ name, unit }) => [name, unit]));
  for (const [, name = '', , unit] of measured) t.equal(printed.get(name), unit, name);
  for (const [, name = ''] of capacity.matchAll(/[`]((?:CPU a|written to|commits of)[^`]+)`/g))
    t.ok(printed.has(name), name);
});

t.test('every command that the pages name is there', async (t) => {
  const names = BENCHMARKS.map(({ name }) => name);
  const { scripts } = JSON.parse(page('package.json')) as { scripts: Record<string, string> };
  for (const path of ['docs/capacity.md', 'docs/performance.md']) {
    const text = page(path);
    const asked = [...text.matchAll(/--only ([a-z,-]+)/g)].flatMap(([, list = '']) => list.split(','));
    t.ok(asked.length > 0, path);
    for (const name of asked) t.ok(names.includes(name), `${path}: ${name}`);
    for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z:-]+)/g))
      t.ok(name in scripts, `${path}: ${name}`);
  }
});

t.test('every target is told, with its bound', async (t) => {
  const claimed = section(page('docs/performance.md'), '## What is claimed');
  t.equal(TARGET_IDS.length, 10);
  for (const id of TARGET_IDS)
    t.ok(claimed.includes(`| ${id} | ${targetText(id)} | `), `${id}: ${targetText(id)}`);
});
