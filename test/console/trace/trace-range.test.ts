import t from 'tap';
import { fittingRange, fixedRange } from '../../../src/console/trace/trace-range.ts';

t.test('a trace without a scale is fitted, with air', async (t) => {
  const range = fittingRange(null, { min: 0, max: 1 }, 0.02);
  t.ok(Math.abs(range.low + 0.15) < 1e-9 && Math.abs(range.high - 1.15) < 1e-9);
});

t.test('it stays while values stay in it and fill it', async (t) => {
  const range = fittingRange(null, { min: 0, max: 1 }, 0.02);
  t.equal(fittingRange(range, { min: -0.1, max: 1.1 }, 0.02), range);
  t.equal(fittingRange(range, { min: 0.2, max: 0.9 }, 0.02), range);
  t.not(fittingRange(range, { min: 0, max: 1.3 }, 0.02), range, 'left it');
  t.not(fittingRange(range, { min: 0.4, max: 0.6 }, 0.02), range, 'became small');
});

t.test('noise is not made a signal', async (t) => {
  const { low, high } = fittingRange(null, { min: 0.5, max: 0.501 }, 0.02);
  t.ok(Math.abs(high - low - 0.026) < 1e-9);
  const range = { low, high };
  t.equal(fittingRange(range, { min: 0.5, max: 0.5005 }, 0.02), range);
});

t.test('a fixed scale keeps its span, and its middle while it can', async (t) => {
  const range = fixedRange(null, { min: -0.2, max: 1 }, 2);
  t.match(range, { low: -0.6, high: 1.4 });
  t.equal(fixedRange(range, { min: -0.5, max: 1.3 }, 2), range);
  t.match(fixedRange(range, { min: 0.5, max: 2 }, 2), { low: 0.25, high: 2.25 });
  t.match(fixedRange(range, { min: -0.2, max: 1 }, 3), { low: -1.1, high: 1.9 }, 'another height');
});

t.test('what is higher than the display is cut off and does not make it jump', async (t) => {
  const range = fixedRange(null, { min: -1, max: 2 }, 2);
  t.equal(fixedRange(range, { min: -1.1, max: 2.2 }, 2), range);
  t.not(fixedRange(range, { min: 0, max: 3 }, 2), range, 'but it follows what has gone elsewhere');
});
