import { join } from 'node:path';
import t from 'tap';
import { agreementOf, disagreements, type EarlierRun, earlierRun } from '../../../scripts/bench/agreement.ts';
import { targetReports } from '../../../scripts/bench/bench-report.ts';
import { describeAgreement } from '../../../scripts/bench/bench-text.ts';
import type { Figure } from '../../../scripts/bench/benchmark.ts';

const P4 = ['p50', 'p99', 'p99 in ms'];

function runOf(figures: readonly Figure[], quick = true): EarlierRun {
  const report = {
    ...{ name: 'one', seconds: 1, figures, blocks: [], charts: [], notes: [], why: null, failed: false },
  };
  return { quick, at: '2026-01-02T03:04:05.000Z', targets: targetReports([], [report]) };
}

function figure(target: 'P1' | 'P4' | 'P9', spread: readonly [number, number] | null, name = ''): Figure {
  return { target, name, unit: '', value: spread?.[0] ?? 1, ...(spread && { spread }) };
}

t.test('two runs agree where their spreads overlap, be it in one point', async (t) => {
  const { figures, not_compared } = agreementOf(
    runOf([figure('P1', [0.4, 0.5]), figure('P9', [1, 2])]),
    runOf([figure('P1', [0.5, 0.6]), figure('P9', [2.1, 3])]),
  );
  t.strictSame(
    figures.map(({ target, agrees }) => [target, agrees]),
    [
      ['P1', true],
      ['P9', false],
    ],
  );
  t.notOk(not_compared.includes('P9'));
  t.equal(not_compared.length, 8);
});

t.test('each of several figures of a target is compared with its own', async (t) => {
  const of = (last: readonly [number, number]): EarlierRun =>
    runOf(P4.map((name, i) => figure('P4', i === 2 ? last : [1, 2], name)));
  const found = agreementOf(of([4, 5]), of([6, 9]));
  t.match(disagreements(found), [{ target: 'P4', name: 'p99 in ms', before: [4, 5], now: [6, 9] }]);
  t.equal(found.figures.length, 3);
  t.match(describeAgreement(found), /^P4 +4 - 5 +6 - 9 +DISAGREES +p99 in ms$/m);
});

t.test('a figure without a spread has no width, and one that is missing is not compared', async (t) => {
  const { figures, not_compared } = agreementOf(runOf([figure('P1', null)]), runOf([figure('P1', [0.9, 1])]));
  t.match(figures, [{ before: [1, 1], agrees: true }]);
  t.same(agreementOf(runOf([figure('P1', null)]), runOf([])).figures, []);
  t.ok(not_compared.includes('P4'));
});

t.test('an earlier run is read, and is to be one of the same kind', async (t) => {
  const run = runOf([figure('P1', [0.4, 0.5])]);
  const at = t.testdir({ 'run.json': JSON.stringify(run), 'other.json': '{"quick":true}', 'text.txt': 'P1' });
  t.same(earlierRun(join(at, 'run.json'), true), run);
  const refused = (file: string, quick: boolean, message: RegExp) =>
    t.throws(() => earlierRun(join(at, file), quick), { code: 'bench_not_comparable', message });
  refused('run.json', false, /is of a quick run/);
  refused('other.json', true, /is not what npm run -s bench -- --json prints/);
  refused('text.txt', true, /can't be read/);
  refused('none.json', true, /ENOENT/);
});
