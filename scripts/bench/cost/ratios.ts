import { medianOf } from '../benchmark.ts';

/** What each subject of a pair of blocks came to, by its name. */
export type Pair<Name extends string> = Readonly<Record<Name, number>>;

/** The ratios of two subjects, each within one pair: what a machine does to a whole pair is in none of them. */
export function ratioOf<Name extends string>(
  pairs: readonly Pair<Name>[],
  above: NoInfer<Name>,
  below: NoInfer<Name>,
): ReturnType<typeof medianOf> {
  return medianOf(pairs.map((pair) => pair[above] / pair[below]));
}

/** Of one subject over all pairs. */
export function medianIn<Name extends string>(
  pairs: readonly Pair<Name>[],
  name: NoInfer<Name>,
): ReturnType<typeof medianOf> {
  return medianOf(pairs.map((pair) => pair[name]));
}
