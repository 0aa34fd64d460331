import t from 'tap';
import { CodedError } from '../../src/core/coded-error.ts';
import { RefusalNotice } from '../../src/store/refusal-notice.ts';
import { manualClock } from '../support/manual-clock.ts';

const REFUSAL = new CodedError('store_invalid', 'a field has another type');

t.test('the first point is told at once, a flood once a minute, and the rest at the end', async (t) => {
  const clock = manualClock();
  const told: number[] = [];
  const notice = new RefusalNotice({ clock, tell: (points) => void told.push(points) });
  notice.refused(REFUSAL);
  t.same(told, [1]);
  for (let point = 0; point < 500; point++) notice.refused(REFUSAL);
  clock.advance(59_000);
  t.same(told, [1], 'not once a point');
  clock.advance(16_000);
  t.same(told, [1, 500]);
  clock.advance(600_000);
  t.same(told, [1, 500], 'nothing where nothing was refused');
  notice.refused(REFUSAL);
  notice.refused(REFUSAL);
  notice[Symbol.dispose]();
  t.same(told, [1, 500, 1, 1], 'what is not told yet is told at the end');
});
