import { coordinate, element, type Markup } from './markup.ts';

/** Colours there are in the style sheet, as classes `c0` and so on. */
const COLOURS = 8;
/** Of other lengths than the colours are many, so that a curve has its own pair of the two up to forty. */
const DASHES = [null, '7 4', '2 3', '11 3 2 3', '4 2'] as const;
const MARK = 3.6;

/** The class of the colour that curve `index` has. */
export function colour(index: number): string {
  return `c${index % COLOURS}`;
}

/** How curve `index` is drawn: never by its colour alone. */
export function stroke(index: number): {
  readonly class: string;
  readonly 'stroke-dasharray': string | null;
} {
  return { class: `curve ${colour(index)}`, 'stroke-dasharray': DASHES[index % DASHES.length] ?? null };
}

/** The mark of a point of curve `index`: circle, square, triangle or diamond. */
export function mark(index: number, x: number, y: number, told: string | null): Markup {
  const title = told === null ? null : element('title', {}, told);
  const attributes = { class: `mark ${colour(index)}` };
  const [left, right, above, below] = [x - MARK, x + MARK, y - MARK, y + MARK].map(coordinate);
  switch (index % 4) {
    case 0:
      return element('circle', { ...attributes, cx: x, cy: y, r: MARK }, title);
    case 1:
      return element('path', { ...attributes, d: `M${left} ${above}H${right}V${below}H${left}Z` }, title);
    case 2:
      return element(
        'path',
        { ...attributes, d: `M${coordinate(x)} ${above}L${right} ${below}H${left}Z` },
        title,
      );
    default: {
      const [column, row] = [coordinate(x), coordinate(y)];
      return element(
        'path',
        { ...attributes, d: `M${column} ${above}L${right} ${row}L${column} ${below}L${left} ${row}Z` },
        title,
      );
    }
  }
}
