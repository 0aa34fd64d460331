import type { Step } from '../fuzz-case.ts';
import type { FuzzRandom } from '../fuzz-random.ts';

/** Steps are few more often than many: most sessions end at the first frame that is malformed. */
const MOST_STEPS = 60;

/** How many steps a case has. */
export function stepsOf(random: FuzzRandom): number {
  return random.oneIn(10) ? random.between(1, MOST_STEPS) : random.between(1, 14);
}

/** What happens around a session, whatever it is sent. */
export function aroundStep(random: FuzzRandom): Step {
  switch (random.below(9)) {
    case 0:
      return { do: 'wait', ms: random.pick([1, 100, 100, 1_000, 5_000, 61_000]) };
    case 1:
    case 2:
      return { do: 'settle' };
    case 3:
    case 4:
    case 5:
      return { do: 'commit' };
    case 6:
      return random.oneIn(8) ? { do: 'refuse' } : { do: 'commit' };
    case 7:
      return random.oneIn(8) ? { do: 'fail' } : random.oneIn(3) ? { do: 'full' } : { do: 'room' };
    default:
      return { do: 'unread', bytes: random.pick([0, 0, 0, 100_000, 300_000, 5_000_000]) };
  }
}
