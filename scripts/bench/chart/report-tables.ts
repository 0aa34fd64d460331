import type { BenchmarkReport, BenchReport, TargetReport } from '../bench-report.ts';
import { type Figure, isMet } from '../benchmark.ts';
import { type Content, element, type Markup } from './markup.ts';
import { countText, numberText } from './ticks.ts';

type Cell = readonly [content: Content, className?: string];

function table(headings: readonly Cell[], rows: readonly (readonly Cell[])[]): Markup {
  const cells = (name: string, scope: string | null, row: readonly Cell[]): readonly Markup[] =>
    row.map(([content, className = null]) => element(name, { class: className, scope }, content));
  const body = rows.map(([first, ...others]) =>
    element(
      'tr',
      {},
      ...cells('th', 'row', first === undefined ? [] : [first]),
      ...cells('td', null, others),
    ),
  );
  return element(
    'div',
    { class: 'wide' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...cells('th', 'col', headings))),
      element('tbody', {}, ...body),
    ),
  );
}

/** Said in words, so that it does not hang on a colour. */
function verdict(isPassed: boolean | null): Cell {
  if (isPassed === null) return ['', 'soft'];
  return isPassed ? ['met', 'met'] : ['NOT MET', 'missed'];
}

function spreadText(spread: Figure['spread'] | null): string {
  return spread ? `${numberText(spread[0])} – ${numberText(spread[1])}` : '';
}

function boundText({ at_least, at_most }: Figure): string {
  if (at_most !== undefined) return `<= ${numberText(at_most)}`;
  return at_least === undefined ? '' : `>= ${numberText(at_least)}`;
}

/** How each target fares. */
export function targetsTable(targets: BenchReport['targets']): Markup {
  const rows = Object.entries(targets).map(([id, target]): readonly Cell[] => [
    [id],
    [target.about],
    [target.target, 'bound'],
    [target.median === null ? '' : numberText(target.median), 'number'],
    [spreadText(target.spread), 'number'],
    verdictOf(target),
  ]);
  return table(
    [[''], ['Figure'], ['Target', 'number'], ['Median', 'number'], ['Spread', 'number'], ['']],
    rows,
  );
}

function verdictOf({ pass, why }: TargetReport): Cell {
  return pass === null ? [`not measured: ${why ?? 'no reason was given'}`, 'soft'] : verdict(pass);
}

/** What one benchmark measured. */
export function figuresTable(figures: readonly Figure[]): Markup {
  const rows = figures.map((figure): readonly Cell[] => [
    [figure.name],
    [`${numberText(figure.value)} ${figure.unit}`.trim(), 'number'],
    [spreadText(figure.spread), 'number'],
    [boundText(figure), 'number'],
    verdict(isMet(figure)),
  ]);
  return table([[''], ['Median', 'number'], ['Spread', 'number'], ['Target', 'number'], ['']], rows);
}

/** What was sent in a benchmark's blocks and what became of it; empty: it has none. */
export function blocksText(blocks: BenchmarkReport['blocks']): string {
  const kept = blocks.filter(({ journaled }) => journaled !== null);
  const sum = (counts: readonly number[]): string => countText(counts.reduce((all, count) => all + count, 0));
  if (blocks.length === 0) return '';
  const acked = `${blocks.length} blocks, ${sum(blocks.map((block) => block.acked))} frames acked or taken`;
  if (kept.length === 0) return `${acked}.`;
  const found = kept.map(({ journaled }) => journaled ?? 0);
  return `${acked}; of the product's ${sum(kept.map((block) => block.acked))}, ${sum(found)} were found in the journal.`;
}
