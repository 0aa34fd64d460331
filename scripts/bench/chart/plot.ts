import { labelColumn } from './label-column.ts';
import { coordinate, element, type Markup, together } from './markup.ts';
import type { Scale } from './scale.ts';
import { colour, mark, stroke } from './stroke.ts';
import { numberText } from './ticks.ts';
import { wrapped } from './wrapped.ts';

/** Where a plot's axes are, in units of its picture. The height grows where its labels need more. */
export const PLOT = { width: 880, left: 66, right: 658, top: 14, least: 330 } as const;
/** Of a plot that has nothing to show. */
const EMPTY = 60;
const BELOW = 50;
const LINE = 15;
const LABEL = { x: 674, text: 710, width: 24, lines: 2, gap: 6 } as const;

export interface Mark {
  readonly at: number;
  readonly text: string;
}

export interface Axis {
  readonly label: string;
  readonly marks: readonly Mark[];
}

/** A named curve; what its points are is said in words too, for whoever points at one. */
export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly told: string }[];
}

export interface PlotOptions {
  /** Of one page's plots no two the same. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly x: Axis & { readonly scale: Scale };
  /** Its scale depends on how high the plot is. */
  readonly y: Axis & { readonly scale: (bottom: number) => Scale };
  readonly curves: readonly Curve[];
}

/** Curves over two axes, each with its name at its end. */
export function plot({ id, title, description, x, y, curves }: PlotOptions): Markup {
  const shown = curves.filter(({ points }) => points.length > 0);
  const names = shown.map(({ name }) => wrapped(name, LABEL.width, LABEL.lines));
  const heights = names.map((lines) => lines.length * LINE + LABEL.gap);
  const least = shown.length === 0 ? EMPTY : PLOT.least;
  const bottom =
    PLOT.top +
    Math.max(
      least,
      heights.reduce((sum, height) => sum + height, 0),
    );
  const place = y.scale(bottom);
  const ends = shown.map(({ points }) => points.at(-1) ?? { x: 0, y: 0 });
  const middles = labelColumn(
    ends.map((end, i) => ({ at: place(end.y), height: heights[i] ?? LINE })),
    PLOT.top,
    bottom,
  );
  const drawn = shown.map(({ points }, i) => {
    const path = points.map((point) => `${coordinate(x.scale(point.x))} ${coordinate(place(point.y))}`);
    return together([
      element('path', { ...stroke(i), d: `M${path.join('L')}` }),
      ...points.map((point) => mark(i, x.scale(point.x), place(point.y), point.told)),
    ]);
  });
  const labels = names.map((lines, i) => {
    const end = ends[i] ?? { x: 0, y: 0 };
    return label(i, lines, [x.scale(end.x), place(end.y)], middles[i] ?? PLOT.top);
  });
  return element(
    'svg',
    {
      viewBox: `0 0 ${PLOT.width} ${bottom + BELOW}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
      xmlns: 'http://www.w3.org/2000/svg',
    },
    element('title', { id: `${id}-title` }, title),
    element('desc', { id: `${id}-desc` }, description),
    ...(shown.length === 0
      ? [empty(bottom)]
      : [horizontalMarks(y, place), verticalMarks(x, x.scale, bottom), together(drawn), together(labels)]),
  );
}

function label(
  index: number,
  lines: readonly string[],
  [fromX, fromY]: readonly [number, number],
  middle: number,
): Markup {
  const first = middle - ((lines.length - 1) * LINE) / 2 + 4;
  return together([
    element('path', {
      class: 'leader',
      d: `M${coordinate(fromX + 7)} ${coordinate(fromY)}L${LABEL.x - 3} ${coordinate(middle)}`,
    }),
    element('path', { ...stroke(index), d: `M${LABEL.x} ${coordinate(middle)}h28` }),
    mark(index, LABEL.x + 14, middle, null),
    element(
      'text',
      { class: `name ${colour(index)}` },
      ...lines.map((line, i) => element('tspan', { x: LABEL.text, y: first + i * LINE }, line)),
    ),
  ]);
}

function empty(bottom: number): Markup {
  const [x, y] = [(PLOT.left + PLOT.right) / 2, (PLOT.top + bottom) / 2];
  return element('text', { class: 'axis middle', x, y }, 'nothing was measured');
}

function horizontalMarks({ label: text, marks }: Axis, place: Scale): Markup {
  const lines = marks.map(({ at, text: told }) =>
    together([
      element('path', { class: 'grid', d: `M${PLOT.left} ${coordinate(place(at))}H${PLOT.right}` }),
      element('text', { class: 'tick end', x: PLOT.left - 9, y: place(at) + 4 }, told),
    ]),
  );
  const middle =
    marks.length === 0 ? PLOT.top : (place(marks[0]?.at ?? 0) + place(marks.at(-1)?.at ?? 0)) / 2;
  return together([
    ...lines,
    element(
      'text',
      { class: 'axis middle', transform: `translate(15 ${coordinate(middle)}) rotate(-90)` },
      text,
    ),
  ]);
}

function verticalMarks({ label: text, marks }: Axis, place: Scale, bottom: number): Markup {
  const lines = marks.map(({ at, text: told }) =>
    together([
      element('path', { class: 'grid', d: `M${coordinate(place(at))} ${PLOT.top}V${bottom}` }),
      element('text', { class: 'tick middle', x: place(at), y: bottom + 18 }, told),
    ]),
  );
  return together([
    ...lines,
    element('path', { class: 'base', d: `M${PLOT.left} ${bottom}H${PLOT.right}` }),
    element('text', { class: 'axis middle', x: (PLOT.left + PLOT.right) / 2, y: bottom + 41 }, text),
  ]);
}

/** Marks of an axis from numbers. */
export function numberMarks(values: readonly number[]): readonly Mark[] {
  return values.map((at) => ({ at, text: numberText(at) }));
}
