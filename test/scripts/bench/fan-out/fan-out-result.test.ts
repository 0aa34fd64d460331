import t from 'tap';
import type { FanOutBlock } from '../../../../scripts/bench/fan-out/audience.ts';
import { alarmCost, fanOutResult } from '../../../../scripts/bench/fan-out/fan-out-result.ts';

/** What an alarm costs at 100, 400 and 1,000 clinicians. */
const blocks = (fixed: number, recipient: number): FanOutBlock[] =>
  [100, 400, 1_000].map((clinicians) => ({ clinicians, cpuUs: fixed + recipient * clinicians }));

t.test('what an alarm costs before any recipient is no cost of theirs', async (t) => {
  t.strictSame(alarmCost(blocks(2_000, 8)), { fixed: 2_000, recipient: 8 });
});

t.test(
  'recipients are judged by the ratio of each turn, and all that an alarm takes is told at each size',
  async (t) => {
    const turns = [
      { product: blocks(2_000, 8), naive: blocks(100, 20) },
      { product: blocks(2_000, 10), naive: blocks(100, 20) },
      { product: blocks(2_000, 16), naive: blocks(100, 20) },
    ];
    const { figures, notes } = fanOutResult(turns, ['four', 'sixsix']);
    const [judged] = figures;
    t.strictSame(judged, {
      ...{ target: 'P10', at_most: 0.6, name: 'CPU a recipient, product / naive', unit: '' },
      ...{ value: 0.5, spread: [0.4, 0.8] },
    });
    t.equal(figures.filter(({ target }) => target !== undefined).length, 1);
    const figure = (name: string) => figures.find((one) => one.name === name)?.value;
    t.equal(figure('CPU an alarm before any recipient, product'), 2_000);
    t.equal(figure('the same a recipient, product, 400'), 15);
    t.equal(figure('with all that an alarm takes, product / naive, 100'), 30 / 21);
    t.match(notes.join('\n'), /2 messages of 5 bytes/);
  },
);
