import { formatTable } from '../table.ts';
import type { AgreedFigure, Agreement } from './agreement.ts';
import type { BenchmarkReport, BenchReport, TargetReport } from './bench-report.ts';
import { type Figure, isMet } from './benchmark.ts';

function rounded(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '-';
}

function spreadText(spread: readonly [number, number] | null | undefined): string {
  return spread ? spread.map(rounded).join(' - ') : '';
}

function boundText({ at_most, at_least }: Figure): string {
  if (at_most !== undefined) return `<= ${at_most}`;
  return at_least === undefined ? '' : `>= ${at_least}`;
}

const VERDICTS = new Map<boolean | null, string>([
  [true, 'met'],
  [false, 'NOT MET'],
  [null, ''],
]);

/** One benchmark as a person reads it. */
export function describeBench({ name, seconds, figures, notes, why }: BenchmarkReport): string {
  const head = `${name} (${seconds.toFixed(1)} s)\n`;
  if (why !== null) return `${head}  ${why}\n\n`;
  const table = formatTable<Figure>(
    [
      { heading: 'FIGURE', value: (figure) => figure.name },
      { heading: 'MEDIAN', value: ({ value, unit }) => `${rounded(value)} ${unit}`.trim() },
      { heading: 'SPREAD', value: ({ spread }) => spreadText(spread) },
      { heading: 'TARGET', value: boundText },
      { heading: '', value: (figure) => VERDICTS.get(isMet(figure)) ?? '' },
    ],
    figures,
  );
  return `${head}${table}${notes.map((note) => `  ${note}\n`).join('')}\n`;
}

/** What a run comes to: every target, and what it was measured on. */
export function describeTargets({ quick, machine, seconds, targets }: BenchReport): string {
  const table = formatTable<readonly [string, TargetReport]>(
    [
      { heading: '', value: ([id]) => id },
      { heading: 'MEDIAN', value: ([, { median }]) => (median === null ? '-' : rounded(median)) },
      { heading: 'SPREAD', value: ([, { spread }]) => spreadText(spread) },
      { heading: 'TARGET', value: ([, { target }]) => target },
      {
        heading: '',
        value: ([, { pass, why }]) => (pass === null ? (why ?? '') : (VERDICTS.get(pass) ?? '')),
      },
      { heading: 'WHAT', value: ([, { about }]) => about },
    ],
    Object.entries(targets),
  );
  const { cpu, cores, memory_gib, node, kernel } = machine;
  const ran = `${seconds.toFixed(0)} s on ${cores} x ${cpu}, ${memory_gib} GiB, Node ${node}, ${kernel}`;
  return `${table}${ran}${quick ? '; quick: too little to rely on' : ''}\n`;
}

/** Whether a run says what an earlier one said. */
export function describeAgreement({ with: at, figures, not_compared }: Agreement): string {
  const table = formatTable<AgreedFigure>(
    [
      { heading: '', value: ({ target }) => target },
      { heading: `RUN OF ${at}`, value: ({ before }) => spreadText(before) },
      { heading: 'THIS RUN', value: ({ now }) => spreadText(now) },
      { heading: '', value: ({ agrees }) => (agrees ? 'agrees' : 'DISAGREES') },
      { heading: 'FIGURE', value: ({ name }) => name },
    ],
    figures,
  );
  return `${table}${not_compared.length === 0 ? '' : `not compared: ${not_compared.join(', ')}\n`}`;
}
