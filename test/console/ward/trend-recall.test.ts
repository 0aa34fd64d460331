import t from 'tap';
import { Trend } from '../../../src/console/feed/trend.ts';
import { Problem } from '../../../src/console/server/problem.ts';
import { TrendRecall } from '../../../src/console/ward/trend-recall.ts';

const NOW = 100_000_000;

interface Asked {
  readonly path: string;
  readonly query: unknown;
  readonly answer: (value: unknown) => void;
  readonly refuse: (error: unknown) => void;
}

/** A server that answers when the test says so. */
function world() {
  const asked: Asked[] = [];
  const rest = {
    get<Answer>(path: string, query: unknown = {}): Promise<Answer> {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      asked.push({ path, query, answer: (value) => resolve(value as Answer), refuse: reject });
      return promise;
    },
  };
  return { asked, recall: new TrendRecall(rest, () => NOW) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

t.test('fetches what was before, once, in buckets whose middle is their time', async (t) => {
  const { asked, recall } = world();
  const trend = new Trend();
  trend.add(NOW, 72);
  recall.want('p-1', 'heart_rate', trend);
  recall.want('p-1', 'heart_rate', trend);
  t.match(asked, [
    {
      path: '/v1/patients/p-1/vitals',
      query: { vital: 'heart_rate', from: NOW - 900_000, to: NOW, resolution: '10000ms' },
    },
  ]);
  t.equal(asked.length, 1);
  asked[0]?.answer({
    buckets: [
      { t: NOW - 60_000, mean: 70 },
      { t: NOW - 5_000, mean: 99 },
    ],
  });
  await settled();
  t.same(trend.points, [
    { t: NOW - 55_000, value: 70 },
    { t: NOW, value: 72 },
  ]);
});

t.test('two at once, the others wait; a failure is quiet', async (t) => {
  const { asked, recall } = world();
  const trends = Array.from({ length: 5 }, () => new Trend());
  for (const [i, trend] of trends.entries()) recall.want(`p-${i}`, 'spo2', trend);
  t.equal(asked.length, 2);
  asked[0]?.refuse(new Problem('unreachable', 'no answer'));
  await settled();
  t.equal(asked.length, 3);
  recall[Symbol.dispose]();
  asked[1]?.answer({ values: [] });
  await settled();
  t.equal(asked.length, 3, 'nothing is asked for a page that is gone');
  t.same(trends[1]?.points, []);
});

t.test('what is known for long needs no history', async (t) => {
  const { asked, recall } = world();
  const trend = new Trend();
  trend.add(NOW - 14.5 * 60_000, 70);
  recall.want('p-1', 'heart_rate', trend);
  t.equal(asked.length, 0);
});
