import t from 'tap';
import { hasFailed, hasMissed } from '../../../scripts/bench/bench-report.ts';
import { describeBench, describeTargets } from '../../../scripts/bench/bench-text.ts';
import type { Benchmark, Figure } from '../../../scripts/bench/benchmark.ts';
import { type BenchRunOptions, runBenchmarks } from '../../../scripts/bench/run-benchmarks.ts';
import { judgedBy, TARGET_IDS, targetText } from '../../../scripts/bench/targets.ts';
import { CodedError } from '../../../src/core/coded-error.ts';

const IDS = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8', 'P9', 'P10'];

function benchmark(name: string, figures: readonly Figure[], more: Partial<Benchmark> = {}): Benchmark {
  const targets = figures.flatMap(({ target }) => (target === undefined ? [] : [target]));
  return { name, about: name, targets, run: async () => ({ figures, notes: [] }), ...more };
}

async function reportOf(known: readonly Benchmark[], wanted = known, more: Partial<BenchRunOptions> = {}) {
  const signal = new AbortController().signal;
  const report = await runBenchmarks({
    ...{
      known,
      wanted,
      quick: false,
      profile: null,
      asked: false,
      signal,
      show: () => {},
      onDone: () => {},
      ...more,
    },
  });
  if (report === null) throw new Error('interrupted');
  return report;
}

const ratio = (value: number): Omit<Figure, 'target'> => ({
  ...{ name: 'ratio', unit: '', value, spread: [value - 0.125, value + 0.125] },
});

t.test('a report has a key for every target, measured or not', async (t) => {
  const report = await reportOf([benchmark('cost', [{ ...ratio(0.75), ...judgedBy('P1') }])]);
  t.same(Object.keys(report.targets), IDS);
  t.same(TARGET_IDS, IDS);
  t.match(report.targets.P1, { target: '>= 0.75', median: 0.75, spread: [0.625, 0.875], pass: true });
  t.match(report.targets.P9, { median: null, spread: null, pass: null, why: /no benchmark/ });
  t.match(JSON.parse(JSON.stringify(report)), {
    quick: false,
    at: /^\d{4}-\d\d-\d\dT/,
    machine: { cpu: String, cores: Number, memory_gib: Number, node: process.version, kernel: String },
    seconds: Number,
    benchmarks: [{ name: 'cost', seconds: Number, figures: [{}], blocks: [], charts: [], notes: [] }],
  });
  t.equal(hasMissed(report), false);
});

t.test('a target that is missed is told, and one of several figures is enough', async (t) => {
  const target = { target: 'P4' } as const;
  const report = await reportOf([
    benchmark('breach', [
      { ...ratio(1.25), ...target, name: 'p50', at_most: 1.5 },
      { ...ratio(2.4), ...target, name: 'p99', at_most: 2 },
    ]),
  ]);
  const { P4 } = report.targets;
  t.match(P4, {
    median: 1.25,
    spread: [1.125, 1.375],
    pass: false,
    figures: [{ name: 'p50' }, { name: 'p99' }],
  });
  t.equal(P4.target, 'p50 <= 1.5, p99 <= 2, p99 <= 8 ms');
  t.equal(hasMissed(report), true);
  t.equal(hasFailed(report), false);
  t.match(describeTargets(report), /^P4 +1\.25 +1\.125 - 1\.375 +p50 <= 1\.5.* NOT MET/m);
  t.match(describeTargets(report), /^P1 +- +>= 0\.75 +no benchmark measures it/m);
});

t.test('a benchmark that fails keeps none from being run', async (t) => {
  const failing = benchmark('first', [{ ...ratio(1), ...judgedBy('P2') }], {
    run: () => Promise.reject(new CodedError('bench_lost', 'three frames are gone')),
  });
  const report = await reportOf([failing, benchmark('second', [{ ...ratio(0.5), ...judgedBy('P9') }])]);
  t.match(report.targets.P2, { pass: null, why: 'three frames are gone (bench_lost)' });
  t.match(report.targets.P9, { median: 0.5, pass: false });
  t.equal(hasFailed(report), true);
  const [first] = report.benchmarks;
  t.match(first && describeBench(first), /three frames are gone/);
});

t.test('a block that acked more than it journaled fails its benchmark, whatever its figures', async (t) => {
  const blocks = [
    { subject: 'bare ws', acked: 7, journaled: null },
    { subject: 'product', acked: 5, journaled: 5 },
    { subject: 'product', acked: 5, journaled: 4 },
  ];
  const figures = [{ ...ratio(0.8), ...judgedBy('P1') }];
  const losing = benchmark('cost', figures, { run: async () => ({ figures, blocks, notes: [] }) });
  const report = await reportOf([losing]);
  t.equal(hasFailed(report), true);
  t.match(report.targets.P1, { pass: null, why: /5 frames were acked and 4 are in the journal.*bench_lost/ });
});

t.test('what a benchmark needs and is not there is no failure', async (t) => {
  const known = [
    benchmark('broker', [{ ...ratio(0.2), ...judgedBy('P9') }], {
      missing: () => 'mosquitto is not installed',
      run: () => Promise.reject(new Error('was run')),
    }),
    benchmark('other', [{ ...ratio(0.2), ...judgedBy('P7') }]),
  ];
  const report = await reportOf(known, known.slice(0, 1));
  t.match(report.targets.P9, { pass: null, why: 'mosquitto is not installed' });
  t.match(report.targets.P7, { pass: null, why: 'other was not run' });
  t.equal(hasFailed(report), false);
});

t.test('a quick run leaves out what it may, says so, and runs it when it is asked for', async (t) => {
  const known = [benchmark('judged', []), benchmark('long', [], { quick: 'only_when_asked' })];
  const whys = async (more: Partial<BenchRunOptions>) =>
    (await reportOf(known, known, more)).benchmarks.map(({ why, failed }) => [why, failed]);
  const ran = [null, false];
  t.same(await whys({ quick: true }), [ran, ['left out of a quick run: --quick --only long', false]]);
  t.same(await whys({ quick: true, asked: true }), [ran, ran]);
  t.same(await whys({ quick: false }), [ran, ran]);
});

t.test('a run that is interrupted has no report', async (t) => {
  const interrupt = new AbortController();
  const first = benchmark('first', [], {
    run: async () => {
      interrupt.abort();
      interrupt.signal.throwIfAborted();
      return { figures: [], notes: [] };
    },
  });
  const second = benchmark('second', [], { run: () => Promise.reject(new Error('was run')) });
  const done: string[] = [];
  const report = await runBenchmarks({
    ...{ known: [first, second], wanted: [first, second], quick: true, profile: null, asked: false },
    signal: interrupt.signal,
    show: () => {},
    onDone: ({ name }) => done.push(name),
  });
  t.equal(report, null);
  t.same(done, []);
});

t.test('bounds are written as performance figures are', async (t) => {
  t.equal(targetText('P3'), '>= 45000 /s');
  t.same(judgedBy('P5'), { target: 'P5', at_most: 1.1 });
  t.same(judgedBy('P2'), { target: 'P2', at_least: 1 });
});
