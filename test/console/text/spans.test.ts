import t from 'tap';
import { span } from '../../../src/console/text/spans.ts';

t.test('a span is told in the unit that one would say it in', async (t) => {
  const told: readonly (readonly [number, string])[] = [
    [-5, '0 s'],
    [8_400, '8 s'],
    [89_000, '89 s'],
    [95_000, '2 min'],
    [3_600_000, '60 min'],
    [7_200_000, '2 h'],
    [4 * 86_400_000, '4 d'],
  ];
  for (const [ms, text] of told) t.equal(span(ms), text);
});
