import t from 'tap';
import type { BenchmarkReport, BenchReport } from '../../../../scripts/bench/bench-report.ts';
import { targetReports } from '../../../../scripts/bench/bench-report.ts';
import type { Chart } from '../../../../scripts/bench/benchmark.ts';
import { benchChart } from '../../../../scripts/bench/chart/bench-chart.ts';
import { latenciesChart, oneIn } from '../../../../scripts/bench/chart/latencies-chart.ts';
import { linesChart } from '../../../../scripts/bench/chart/lines-chart.ts';
import { element, escapeText, Markup } from '../../../../scripts/bench/chart/markup.ts';
import { stroke } from '../../../../scripts/bench/chart/stroke.ts';
import { LatencyHistogram } from '../../../../scripts/bench/load/latency-histogram.ts';

const HOSTILE = `</title><script>alert("1")</script> & 'x'`;
const LINES: Extract<Chart, { kind: 'lines' }> = {
  kind: 'lines',
  title: 'cost',
  x: { label: 'connections', logarithmic: true },
  y: { label: 'us' },
  series: [
    {
      name: 'product',
      points: [
        [10_000, 25],
        [500, 0],
        [1_000, 12.5],
      ],
    },
    {
      name: 'bare ws',
      points: [
        [500, 10],
        [10_000, Number.NaN],
      ],
    },
  ],
};

function latencyOf(values: readonly number[]) {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.add(value);
  return histogram.summary();
}

function reportOf(benchmarks: readonly BenchmarkReport[]): BenchReport {
  const machine = { cpu: 'A <CPU>', cores: 2, memory_gib: 7.8, node: 'v26', kernel: 'Linux 6' };
  const at = '2026-03-04T05:06:07.000Z';
  return { quick: false, at, machine, seconds: 12, targets: targetReports([], benchmarks), benchmarks };
}

function benchmarkOf(name: string, charts: readonly Chart[]): BenchmarkReport {
  const figure = {
    target: 'P3' as const,
    name,
    unit: '/s',
    value: 50_000,
    spread: [49_000, 51_000] as const,
  };
  return {
    ...{ name, seconds: 1, charts, notes: [name], why: null, failed: false },
    figures: [{ ...figure, at_least: 45_000 }],
    blocks: [
      { subject: name, acked: 1_234_567, journaled: 1_234_567 },
      { subject: 'bare', acked: 1, journaled: null },
    ],
  };
}

/** Where the marks of the curves are: those that say what they are. */
function marksOf(source: string): { readonly x: number; readonly y: number; readonly told: string }[] {
  const circles = source.matchAll(
    /<circle class="mark c0" cx="([\d.]+)" cy="([\d.]+)" r="3.6"><title>([^<]*)</g,
  );
  return [...circles].map(([, x, y, told = '']) => ({ x: Number(x), y: Number(y), told }));
}

t.test('whatever is text is escaped, whatever is markup is not', async (t) => {
  t.equal(
    escapeText(HOSTILE),
    '&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;',
  );
  const made = element('g', { class: '"><b>', x: 1.26, y: null }, '<i>', new Markup('<b></b>'), null);
  t.equal(made.source, '<g class="&quot;&gt;&lt;b&gt;" x="1.3">&lt;i&gt;<b></b></g>');
});

t.test('lines: each point is where its scales say, in order', async (t) => {
  const { source } = linesChart(LINES, 'c');
  const marks = marksOf(source);
  t.same(
    marks.map(({ told }) => told),
    [
      'product: 0 (us) at 500 (connections)',
      'product: 12.5 (us) at 1,000 (connections)',
      'product: 25 (us) at 10,000 (connections)',
    ],
  );
  const [first, second, last] = marks as [(typeof marks)[0], (typeof marks)[0], (typeof marks)[0]];
  const along = Math.log(1_000 / 500) / Math.log(10_000 / 500);
  t.ok(Math.abs((second.x - first.x) / (last.x - first.x) - along) < 0.001, 'logarithmic along');
  t.equal(second.y, (first.y + last.y) / 2, 'in proportion up');
  t.equal(source.match(/NaN/), null, 'what is no number is no point');
  for (const tick of ['500', '1,000', '2,000', '5,000', '10,000'])
    t.ok(source.includes(`>${tick}</text>`), tick);
  t.match(source, /<svg [^>]*role="img" aria-labelledby="c-title c-desc"/);
  t.match(source, /<desc id="c-desc">us against connections\. product: 0 at 500, 25 at 10,000\./);
});

t.test('latencies: the axis is logarithmic in one of how many is slower', async (t) => {
  t.same(
    [50, 90, 99].map((percentile) => Math.round(oneIn(percentile))),
    [2, 10, 100],
  );
  const latency = latencyOf(Array.from({ length: 1_000 }, (_, i) => (i + 1) / 100));
  const chart = (distributions: Parameters<typeof latenciesChart>[0]['distributions']) =>
    latenciesChart({ kind: 'latencies', title: 'ack', distributions }, 'd').source;
  const source = chart([{ name: 'product', latency }]);
  const marks = marksOf(source);
  t.same(
    marks.map(({ told }) => told.replace(/ [\d.]+ ms$/, '')),
    [
      'product: p50',
      'product: p75',
      'product: p90',
      'product: p95',
      'product: p99',
      'product: p99.5',
      'product: slowest of 1,000',
    ],
    'no percentile that so few samples can not tell',
  );
  const [p50, , p90, , p99, , slowest] = marks.map(({ x }) => x) as number[];
  t.ok(Math.abs((p99! - p90!) / (slowest! - p99!) - 1) < 0.01, '90 to 99 is as long as 99 to 99.9');
  t.ok(p50! < p90!);
  t.notMatch(source, 'logarithmic)');
  t.match(chart([{ name: 'wide', latency: latencyOf([1, 2, 3, 4, 900]) }]), 'latency, ms (logarithmic)');
  t.match(chart([{ name: 'none', latency: latencyOf([]) }]), 'nothing was measured');
});

t.test('a curve is told by more than its colour', async (t) => {
  const styles = Array.from({ length: 40 }, (_, i) => JSON.stringify(stroke(i)));
  t.equal(new Set(styles).size, 40);
  const dashes = Array.from({ length: 5 }, (_, i) => stroke(i)['stroke-dasharray']);
  t.equal(new Set(dashes).size, 5);
});

t.test('a page holds all of a run and refers to nothing outside', async (t) => {
  const latencies: Chart = {
    kind: 'latencies',
    title: HOSTILE,
    distributions: [{ name: HOSTILE, latency: latencyOf([1, 2]) }],
  };
  const bars: Chart = {
    kind: 'bars',
    title: HOSTILE,
    y: { label: HOSTILE },
    bars: [{ name: HOSTILE, value: 3 }],
  };
  const lines = { ...LINES, title: HOSTILE, series: [{ name: HOSTILE, points: [[1, 2]] as const }] };
  const html = benchChart(
    reportOf([benchmarkOf(HOSTILE, [LINES, latencies, bars, lines]), benchmarkOf('two', [LINES])]),
  );
  t.notMatch(html, /<script|(?:src|href)=|url\(|@import/);
  t.match(html, 'A &lt;CPU&gt;');
  t.match(html, '2026-03-04 05:06 UTC, 12 s on 2 x');
  t.match(html, /<th scope="row">P3<\/th>.*50,000.*49,000 – 51,000.*>met</);
  t.match(html, /<th scope="row">P9<\/th>.*not measured: no benchmark measures it/);
  t.match(html, 'of the product&#39;s 1,234,567, 1,234,567 were found in the journal.');
  t.notMatch(html, 'A quick run');
  t.equal(html.match(/<svg /g)?.length, 5);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  t.equal(new Set(ids).size, ids.length, 'no id twice');
  for (const name of ['svg', 'g', 'p', 'table', 'tr', 'td', 'figure', 'section', 'text', 'desc'])
    t.equal(
      html.match(new RegExp(`<${name}[ >]`, 'g'))?.length,
      html.match(new RegExp(`</${name}>`, 'g'))?.length,
      name,
    );
  t.match(benchChart({ ...reportOf([]), quick: true }), 'A quick run');
});
