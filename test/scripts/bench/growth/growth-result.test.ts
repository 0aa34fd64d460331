import t from 'tap';
import { FULL, QUICK } from '../../../../scripts/bench/growth/growth-plan.ts';
import {
  type GrowthMeasured,
  growthOf,
  growthResult,
  memoryRatio,
} from '../../../../scripts/bench/growth/growth-result.ts';
import type { SizeMeasured } from '../../../../scripts/bench/growth/size-measured.ts';
import { LatencyHistogram } from '../../../../scripts/bench/load/latency-histogram.ts';

function block(cpuUs: number) {
  const latency = new LatencyHistogram().summary();
  const run = {
    sent: 1,
    acked: 1,
    acks: 1,
    troubles: [],
    offered: { frames: 1, seconds: 1, late: latency },
    latency,
  };
  return { cpuUs, framesAnAck: cpuUs / 10, run, acked: 1, journaled: 1 };
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

const EQUAL_ACKS = { product: [block(40), block(10)], bare: [block(5)] };
const GROWTH: GrowthMeasured = { measured: MEASURED, equalAcks: EQUAL_ACKS, skipped: [] };

t.test('growth is that of each turn, at the last size against the first', async (t) => {
  t.strictSame(growthOf([block(20), block(25)], [block(22), block(20)]), [1.1, 0.8]);
  t.strictSame(growthOf([block(20)], [block(22), block(20)]), [1.1]);
});

t.test('growth is judged at equal acks, and told at one interval of acks', async (t) => {
  const { figures } = growthResult(GROWTH, QUICK, []);
  const of = (name: string) => figures.find((figure) => figure.name === name);
  t.match(of('CPU a frame, at 1,500 / at 500, at equal acks'), {
    ...{ target: 'P5', value: (0.55 + 2) / 2, spread: [0.55, 2] },
  });
  t.match(of('the same, at one interval of acks'), { target: undefined, value: (1.1 + 0.8) / 2 });
  t.equal(of('the same, bare ws')?.value, 2);
  t.equal(of('frames an ack, at 500')?.value, 2.5);
  t.equal(of('frames an ack, at 1,500')?.value, 2.1);
});

t.test('where nothing was measured at one interval of acks, nothing is told of it', async (t) => {
  const [first, ...others] = MEASURED;
  const measured = [{ ...(first ?? at(500, [], 0)), blocks: { product: [], bare: [] } }, ...others];
  const { figures } = growthResult({ ...GROWTH, measured }, QUICK, []);
  t.notOk(figures.some(({ name }) => name === 'the same, at one interval of acks'));
  t.ok(figures.some(({ target }) => target === 'P5'));
});

t.test(
  'memory is compared by what each further connection takes, not by what there was before',
  async (t) => {
    t.strictSame(memoryRatio(MEASURED, 'collected'), { value: 1.2, spread: [1.2, 1.2] });
    t.strictSame(memoryRatio(MEASURED, 'resident'), { value: 1.2, spread: [1.2, 1.2] });
  },
);

t.test('what was skipped is told, and no target is judged without it', async (t) => {
  const { figures, notes } = growthResult({ ...GROWTH, skipped: [10_000] }, QUICK, []);
  t.strictSame(
    figures.filter(({ target, at_most }) => target !== undefined || at_most !== undefined),
    [],
  );
  t.match(notes.join('\n'), /10,000 connections were not measured/);
});

t.test('the targets are judged, and what was void is told', async (t) => {
  const { figures, notes } = growthResult(GROWTH, FULL, ['stored elsewhere']);
  const judged = figures.flatMap(({ target, value, at_most }) =>
    target === undefined ? [] : [{ target, value, at_most }],
  );
  t.strictSame(judged, [
    { target: 'P5', value: (0.55 + 2) / 2, at_most: 1.1 },
    { target: 'P6', value: 1.2, at_most: 1.15 },
  ]);
  const text = notes.join('\n');
  t.match(text, /3 void blocks/);
  t.match(text, /stored elsewhere/);
});
