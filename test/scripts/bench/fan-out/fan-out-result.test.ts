import t from 'tap';
import {
  alarmCost,
  type FanOutTurn,
  fanOutResult,
} from '../../../../scripts/bench/fan-out/fan-out-result.ts';

/** What an alarm costs with `size` clinicians, and with one. */
const cost = (size: number, fixed: number, recipient: number): FanOutTurn['product'] => ({
  everybody: { clinicians: size, cpuUs: fixed + recipient * size },
  single: { clinicians: 1, cpuUs: fixed + recipient },
});

const turn = (size: number, recipient: number): FanOutTurn => ({
  product: cost(size, 2_000, recipient),
  naive: cost(size, 100, 20),
});

t.test('what an alarm costs before any recipient is no cost of theirs', async (t) => {
  t.strictSame(alarmCost(cost(401, 2_000, 8)), { fixed: 2_000, recipient: 8 });
});

t.test(
  'recipients are judged by the ratio of each turn at the last size, and all that an alarm takes is told at each',
  async (t) => {
    const measured = [
      { size: 100, turns: [turn(100, 19)] },
      { size: 401, turns: [turn(401, 8), turn(401, 10), turn(401, 16)] },
    ];
    const { figures, notes, charts } = fanOutResult(measured, ['four', 'sixsix']);
    const [judged] = figures;
    t.strictSame(judged, {
      ...{ target: 'P10', at_most: 0.6, name: 'CPU a recipient, product / naive', unit: '' },
      ...{ value: 0.5, spread: [0.4, 0.8] },
    });
    t.equal(figures.filter(({ target }) => target !== undefined).length, 1);
    const figure = (name: string) => figures.find((one) => one.name === name)?.value;
    t.equal(figure('CPU an alarm before any recipient, product'), 2_000);
    t.equal(figure('the same a recipient, product, 401'), 2_000 / 401 + 10);
    t.equal(figure('with all that an alarm takes, product / naive, 100'), 39 / 21);
    t.match(notes.join('\n'), /2 messages of 5 bytes/);
    t.match(charts?.[0], {
      series: [
        {
          points: [
            [1, 2_010],
            [100, 3_900],
            [401, 6_010],
          ],
        },
        {},
      ],
    });
  },
);
