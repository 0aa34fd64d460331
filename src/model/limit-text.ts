import { rank, type Tier } from './limit.ts';
import type { LimitChoice } from './limit-override.ts';

/**
 * What is chosen, in one line for people and for the record: `medium < 88 for 15 s, high < 80 at once; clears by 1 for 5 s`.
 * Units are the catalogue's.
 */
export function limitText(choice: LimitChoice): string {
  if (choice.tiers === null) return 'not chosen';
  if (choice.tiers.length === 0) return 'off';
  const mildestFirst = <T extends Tier>(tiers: readonly T[]): readonly T[] =>
    tiers.toSorted((a, b) => rank(a.priority) - rank(b.priority));
  switch (choice.kind) {
    case 'value': {
      const sign = choice.direction === 'low' ? '<' : '>';
      const tiers = mildestFirst(choice.tiers);
      const clears = ` by ${tiers[0]?.clear_margin}`;
      return joined(
        tiers,
        tiers.map(({ threshold }) => `${sign} ${threshold}`),
        clears,
      );
    }
    case 'change': {
      const tiers = mildestFirst(choice.tiers);
      const window = `within ${seconds(tiers[0]?.window_ms ?? 0)}`;
      const clears = ` by ${tiers[0]?.clear_margin}`;
      return joined(
        tiers,
        tiers.map(({ change }) => `${change} ${window}`),
        clears,
      );
    }
    case 'combination': {
      const tiers = mildestFirst(choice.tiers);
      const tests = tiers.map(({ conditions }) =>
        conditions
          .map(({ vital, direction, threshold }) => `${vital}${direction === 'low' ? '<' : '>'}${threshold}`)
          .join(' and '),
      );
      return joined(tiers, tests, '');
    }
  }
}

function joined(tiers: readonly Tier[], tests: readonly string[], margin: string): string {
  const parts = tiers.map(({ priority, onset_delay_ms: delay }, i) => {
    const when = delay === 0 ? 'at once' : `for ${seconds(delay)}`;
    return `${priority} ${tests[i]} ${when}`;
  });
  const clear = tiers[0]?.clear_delay_ms ?? 0;
  return `${parts.join(', ')}; clears${margin} ${clear === 0 ? 'at once' : `for ${seconds(clear)}`}`;
}

/** Milliseconds as seconds, e.g. `15 s`. */
function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}
