import type { BenchmarkReport, BenchReport } from '../bench-report.ts';
import type { Chart } from '../benchmark.ts';
import { barsChart } from './bars-chart.ts';
import { latenciesChart } from './latencies-chart.ts';
import { linesChart } from './lines-chart.ts';
import { element, Markup } from './markup.ts';
import { PAGE_STYLE } from './page-style.ts';
import { blocksText, figuresTable, targetsTable } from './report-tables.ts';

/** A run as one HTML file that needs nothing from anywhere: no script, no font, no picture. */
export function benchChart(report: BenchReport): string {
  const title = `Benchmarks of ${report.at.slice(0, 10)}`;
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('title', {}, `Vitalwire: ${title}`),
    element('style', {}, new Markup(PAGE_STYLE)),
  );
  const main = element(
    'main',
    {},
    element('h1', {}, title),
    element('p', { class: 'soft' }, ranOn(report)),
    report.quick
      ? element(
          'p',
          { class: 'warn' },
          'A quick run: it shows that all runs, and its figures are of too little to rely on.',
        )
      : null,
    targetsTable(report.targets),
    ...report.benchmarks.map(section),
  );
  return `<!doctype html>\n${element('html', { lang: 'en' }, head, element('body', {}, main)).source}\n`;
}

function ranOn({ at, seconds, machine }: BenchReport): string {
  const { cpu, cores, memory_gib, node, kernel } = machine;
  const began = at.slice(0, 16).replace('T', ' ');
  return `${began} UTC, ${Math.round(seconds)} s on ${cores} x ${cpu}, ${memory_gib} GiB, Node ${node}, ${kernel}`;
}

function section(report: BenchmarkReport, index: number): Markup {
  const { name, figures, blocks, charts, notes, why } = report;
  return element(
    'section',
    {},
    element('h2', {}, name),
    why === null ? null : element('p', { class: report.failed ? 'warn' : 'soft' }, why),
    ...charts.map((chart, i) =>
      element('figure', {}, element('figcaption', {}, chart.title), drawn(chart, `chart-${index}-${i}`)),
    ),
    figures.length === 0 ? null : figuresTable(figures),
    blocks.length === 0 ? null : element('p', { class: 'soft' }, blocksText(blocks)),
    notes.length === 0
      ? null
      : element('ul', { class: 'notes' }, ...notes.map((note) => element('li', {}, note))),
  );
}

function drawn(chart: Chart, id: string): Markup {
  switch (chart.kind) {
    case 'lines':
      return linesChart(chart, id);
    case 'latencies':
      return latenciesChart(chart, id);
    case 'bars':
      return barsChart(chart, id);
  }
}
