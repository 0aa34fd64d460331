const STEPS = [1, 2, 5, 10] as const;
const NUMBERS = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const COUNTS = new Intl.NumberFormat('en');

/** Where a linear axis has its marks, and how far it goes: both ends are marks. */
export interface Ticks {
  readonly values: readonly number[];
  readonly domain: readonly [least: number, greatest: number];
}

/** A number as people read it beside a chart: `12,500`, `0.031`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(1) : NUMBERS.format(value);
}

/** A count, to the last one: `1,234,567`. */
export function countText(count: number): string {
  return COUNTS.format(count);
}

/** Marks at steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function linearTicks(least: number, greatest: number, wanted = 6): Ticks {
  const span = greatest - least || Math.abs(greatest) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((one) => one * power >= rough * 0.999) ?? 10);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(greatest / step - 1e-9));
  // Counted in steps, so that no sum of fractions drifts.
  const values = Array.from({ length: last - first + 1 }, (_, i) => cleaned((first + i) * step));
  return { values, domain: [values[0] ?? least, values.at(-1) ?? greatest] };
}

/** Marks at 1, 2 and 5 times the powers of ten, or at these only where they are many; both values above 0. */
export function logarithmicTicks(least: number, greatest: number): Ticks {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(greatest))];
  const all: number[] = [];
  for (let power = from; power <= to; power++)
    for (const step of [1, 2, 5]) all.push(cleaned(step * 10 ** power));
  const low = all.findLast((value) => value <= least * 1.0001) ?? least;
  const high = all.find((value) => value >= greatest * 0.9999 && value > low) ?? greatest;
  const within = all.filter((value) => value >= low && value <= high);
  const powers = within.filter((value) => Number.isInteger(cleaned(Math.log10(value))));
  return { values: powers.length > 4 ? powers : within, domain: [low, high] };
}

function cleaned(value: number): number {
  return Number(value.toPrecision(12));
}
