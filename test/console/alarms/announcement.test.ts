import t from 'tap';
import {
  type Announced,
  announce,
  NOTHING_SAID,
  SPEAK_MS,
} from '../../../src/console/alarms/announcement.ts';
import type { Call } from '../../../src/console/sound/sound-schedule.ts';

const call = (id: string, alertedAt = 1): Call => ({ id, of: 'medium', alertedAt });

t.test('new alarms are said once, and together what came while the voice spoke', async (t) => {
  let announced: Announced = NOTHING_SAID;
  const at = (now: number, ...calls: Call[]): { said: string[]; againAt: number | null } => {
    const next = announce(announced, calls, now);
    announced = next.announced;
    return { said: next.say.map(({ id }) => id), againAt: next.againAt };
  };
  t.same(at(1_000, call('a')), { said: ['a'], againAt: 1_000 + SPEAK_MS });
  t.same(at(1_200, call('b'), call('a')), { said: [], againAt: 1_000 + SPEAK_MS }, 'it speaks still');
  t.same(at(1_400, call('b'), call('c'), call('a')).said, []);
  t.same(at(5_000, call('b'), call('c'), call('a')), { said: ['b', 'c'], againAt: 5_000 + SPEAK_MS });
  t.same(at(9_000, call('b'), call('c'), call('a')), { said: [], againAt: null });
  t.same(at(20_000, call('c')), { said: [], againAt: null });
  t.equal(announced.said.size, 1, 'what calls no more is forgotten');
  t.same(at(20_001, call('c', 2)).said, ['c'], 'it alerts anew');
});
