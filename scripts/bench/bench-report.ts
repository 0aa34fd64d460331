import { formatTable } from '../table.ts';
import { type BenchResult, type Figure, isMet } from './benchmark.ts';

function rounded(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '-';
}

function targetOf({ at_most, at_least }: Figure): string {
  if (at_most !== undefined) return `<= ${at_most}`;
  return at_least === undefined ? '' : `>= ${at_least}`;
}

const VERDICTS = new Map<boolean | null, string>([
  [true, 'met'],
  [false, 'NOT MET'],
  [null, ''],
]);

/** One benchmark as a person reads it. */
export function describeBench(name: string, { figures, notes }: BenchResult): string {
  const table = formatTable<Figure>(
    [
      { heading: 'FIGURE', value: (figure) => figure.name },
      { heading: 'MEDIAN', value: ({ value, unit }) => `${rounded(value)} ${unit}`.trim() },
      { heading: 'SPREAD', value: ({ spread }) => (spread ? spread.map(rounded).join(' - ') : '') },
      { heading: 'TARGET', value: targetOf },
      { heading: '', value: (figure) => VERDICTS.get(isMet(figure)) ?? '' },
    ],
    figures,
  );
  return `${name}\n${table}${notes.map((note) => `  ${note}\n`).join('')}`;
}
