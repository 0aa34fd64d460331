import t from 'tap';
import { QUICK } from '../../../../scripts/bench/growth/growth-plan.ts';
import { growthOf, growthResult, memoryRatio } from '../../../../scripts/bench/growth/growth-result.ts';
import type { SizeMeasured } from '../../../../scripts/bench/growth/size-measured.ts';
import { LatencyHistogram } from '../../../../scripts/bench/load/latency-histogram.ts';

function block(cpuUs: number) {
  const latency = new LatencyHistogram().summary();
  const run = { sent: 1, acked: 1, troubles: [], offered: { frames: 1, seconds: 1, late: latency }, latency };
  return { cpuUs, run, acked: 1, journaled: 1 };
}

function at(size: number, cpu: readonly number[], kib: number): SizeMeasured {
  const memory = { resident: kib + 100, collected: kib };
  const bare = { resident: 1_000 + 10 * size, collected: 1_000 + 10 * size };
  return {
    size,
    blocks: { product: cpu.map(block), bare: [block(10)] },
    memory: { product: memory, bare },
    latency: null,
    voided: 1,
  };
}

const MEASURED = [at(500, [20, 25], 8_000), at(1_000, [21], 14_000), at(1_500, [22, 20], 20_000)];

t.test('growth is that of each turn, at the last size against the first', async (t) => {
  t.strictSame(growthOf(MEASURED, 'product'), [1.1, 0.8]);
  t.strictSame(growthOf(MEASURED, 'bare'), [1]);
});

t.test(
  'memory is compared by what each further connection takes, not by what there was before',
  async (t) => {
    t.strictSame(memoryRatio(MEASURED, 'collected'), { value: 1.2, spread: [1.2, 1.2] });
    t.strictSame(memoryRatio(MEASURED, 'resident'), { value: 1.2, spread: [1.2, 1.2] });
  },
);

t.test('what was skipped is told, and no target is judged without it', async (t) => {
  const { figures, notes } = growthResult(MEASURED, [10_000], QUICK, []);
  t.strictSame(
    figures.filter(({ target, at_most }) => target !== undefined || at_most !== undefined),
    [],
  );
  t.match(notes.join('\n'), /10,000 connections were not measured/);
});

t.test('the targets are judged, and what was void is told', async (t) => {
  const { figures, notes } = growthResult(MEASURED, [], QUICK, ['stored elsewhere']);
  const judged = figures.flatMap(({ target, value, at_most }) =>
    target === undefined ? [] : [{ target, value, at_most }],
  );
  t.strictSame(judged, [
    { target: 'P5', value: (1.1 + 0.8) / 2, at_most: 1.1 },
    { target: 'P6', value: 1.2, at_most: 1.15 },
  ]);
  const text = notes.join('\n');
  t.match(text, /3 void blocks/);
  t.match(text, /stored elsewhere/);
});
