import type { Chart } from '../benchmark.ts';
import { coordinate, element, type Markup, together } from './markup.ts';
import { linearScale } from './scale.ts';
import { linearTicks, numberText } from './ticks.ts';
import { wrapped } from './wrapped.ts';

type BarsChart = Extract<Chart, { kind: 'bars' }>;

const WIDTH = 880;
const BARS = { left: 230, right: 800, top: 10 } as const;
const ROW = 34;
const THICK = 20;
const LINE = 14;
const NAME = { width: 32, lines: 2 } as const;
const BELOW = 48;

/** One bar under the other from 0, names on the left, values at their ends. */
export function barsChart({ title, y, bars }: BarsChart, id: string): Markup {
  const shown = bars.filter(({ value }) => Number.isFinite(value));
  const values = shown.map(({ value }) => value);
  const { values: marks, domain } = linearTicks(Math.min(0, ...values), Math.max(0, ...values));
  const place = linearScale(domain, [BARS.left, BARS.right]);
  const bottom = BARS.top + Math.max(1, shown.length) * ROW;
  const zero = place(0);
  const rows = shown.map(({ name, value }, i) => {
    const [middle, end] = [BARS.top + (i + 0.5) * ROW, place(value)];
    const lines = wrapped(name, NAME.width, NAME.lines);
    const first = middle - ((lines.length - 1) * LINE) / 2 + 4;
    return together([
      element(
        'text',
        { class: 'name end' },
        ...lines.map((line, at) => element('tspan', { x: BARS.left - 10, y: first + at * LINE }, line)),
      ),
      element(
        'rect',
        {
          ...{ class: 'bar', x: Math.min(zero, end), y: middle - THICK / 2 },
          ...{ width: Math.max(1, Math.abs(end - zero)), height: THICK },
        },
        element('title', {}, `${name}: ${numberText(value)} (${y.label})`),
      ),
      element('text', { class: 'value', x: Math.max(zero, end) + 7, y: middle + 4 }, numberText(value)),
    ]);
  });
  const told = shown.map(({ name, value }) => `${name}: ${numberText(value)}.`).join(' ');
  return element(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${bottom + BELOW}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    element('title', { id: `${id}-title` }, title),
    element('desc', { id: `${id}-desc` }, `${y.label}. ${told}`),
    together(
      marks.map((at) =>
        together([
          element('path', { class: 'grid', d: `M${coordinate(place(at))} ${BARS.top}V${bottom}` }),
          element('text', { class: 'tick middle', x: place(at), y: bottom + 17 }, numberText(at)),
        ]),
      ),
    ),
    together(rows),
    element('path', { class: 'base', d: `M${coordinate(zero)} ${BARS.top}V${bottom}` }),
    element('text', { class: 'axis middle', x: (BARS.left + BARS.right) / 2, y: bottom + 39 }, y.label),
  );
}
