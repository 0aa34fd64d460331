/** From a value to its place on an axis. */
export type Scale = (value: number) => number;

type Range = readonly [from: number, to: number];

/** In proportion. */
export function linearScale([least, greatest]: Range, [from, to]: Range): Scale {
  const span = greatest - least || 1;
  return (value) => from + ((value - least) / span) * (to - from);
}

/** Each factor of ten as long as the next; what is not above 0 stands at the low end. */
export function logarithmicScale([least, greatest]: Range, range: Range): Scale {
  const linear = linearScale([Math.log10(least), Math.log10(greatest)], range);
  return (value) => linear(Math.log10(value > 0 ? value : least));
}
