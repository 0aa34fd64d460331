import t from 'tap';
import { sparkPath } from '../../../src/console/ward/spark-path.ts';

const NOW = 10_000_000;

t.test('nothing measured, nothing drawn', async (t) => {
  t.equal(sparkPath('heart_rate', [], NOW), '');
  t.equal(sparkPath('heart_rate', [{ t: NOW - 16 * 60_000, value: 70 }], NOW), '', 'longer ago');
});

t.test('a line to the right edge, in seconds', async (t) => {
  const points = [
    { t: NOW - 20_000, value: 60 },
    { t: NOW - 10_000, value: 80 },
    { t: NOW, value: 70 },
  ];
  t.equal(sparkPath('heart_rate', points, NOW), 'M880.0 100.0h0L890.0 0.0L900.0 50.0');
});

t.test('small changes are drawn small', async (t) => {
  const points = [
    { t: NOW - 5_000, value: 70 },
    { t: NOW, value: 72 },
  ];
  t.equal(sparkPath('heart_rate', points, NOW), 'M895.0 55.0h0L900.0 45.0');
});

t.test('where nothing was measured the line breaks', async (t) => {
  const points = [
    { t: NOW - 60_000, value: 70 },
    { t: NOW - 30_000, value: 70 },
    { t: NOW, value: 70 },
  ];
  t.equal(sparkPath('heart_rate', points, NOW).match(/M/g)?.length, 3);
  t.equal(sparkPath('body_temp', points, NOW).match(/M/g)?.length, 1, 'what comes once a minute is one line');
});
