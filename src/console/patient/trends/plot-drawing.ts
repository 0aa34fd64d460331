import type UPlot from 'uplot';
import { VITALS } from '../../../model/vital.ts';
import { text } from '../../text/text.ts';
import type { AlarmSpan } from './alarm-marks.ts';
import type { CanvasColours } from './canvas-colours.ts';
import type { LimitLine } from './limit-lines.ts';

/** Long dashes for high, so that no reader needs the colour. CSS px. */
const DASHES = { high: [10, 4], medium: [5, 4], low: [2, 4] } as const;
const BAND_ALPHA = 0.13;
const SPAN_ALPHA = 0.22;
/** The foot of an alarm's stretch, where its colour stands full. CSS px. */
const FOOT_PX = 4;
/** Height of a label with its distance. CSS px. */
const LABEL_PX = 15;
/** From the right edge, by priority: tiers may be nearer to each other than a label is high. CSS px. */
const LABEL_AT_PX = { high: 4, medium: 92, low: 196 } as const;
const FONT_PX = 11;
const FONT = 'ui-sans-serif, system-ui, sans-serif';

/** When the conditions of alarms lasted. */
export function drawAlarmSpans(plot: UPlot, spans: readonly AlarmSpan[], colours: CanvasColours): void {
  within(plot, (ctx, { top, height }, px) => {
    for (const { from, to, of } of spans) {
      const left = plot.valToPos(from, 'x', true);
      const width = Math.max(2 * px, plot.valToPos(to, 'x', true) - left);
      ctx.fillStyle = colours[of];
      ctx.globalAlpha = SPAN_ALPHA;
      ctx.fillRect(left, top, width, height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, top + height - FOOT_PX * px, width, FOOT_PX * px);
    }
  });
}

/** What is beyond each limit, up to the next worse tier or the end of the chart. */
export function drawLimitBands(plot: UPlot, limits: readonly LimitLine[], colours: CanvasColours): void {
  within(plot, (ctx, { left, top, width, height }) => {
    ctx.globalAlpha = BAND_ALPHA;
    for (const { direction, priority, threshold, until } of limits) {
      const edge = direction === 'low' ? top + height : top;
      const here = plot.valToPos(threshold, 'y', true);
      const there = until === null ? edge : plot.valToPos(until, 'y', true);
      ctx.fillStyle = colours[priority];
      ctx.fillRect(left, Math.min(here, there), width, Math.abs(here - there));
    }
  });
}

/** The limits themselves, each with what it says, e.g. `> 120`. @param named with the vital: there are several in the chart */
export function drawLimitLines(
  plot: UPlot,
  limits: readonly LimitLine[],
  named: boolean,
  colours: CanvasColours,
): void {
  within(plot, (ctx, { left, top, width, height }, px) => {
    ctx.font = `${FONT_PX * px}px ${FONT}`;
    ctx.textAlign = 'right';
    for (const { vital, direction, priority, threshold } of limits) {
      const y = Math.round(plot.valToPos(threshold, 'y', true)) + 0.5;
      if (y < top || y > top + height) continue;
      ctx.strokeStyle = colours.quiet;
      ctx.lineWidth = px;
      ctx.setLineDash(DASHES[priority].map((length) => length * px));
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      const words = text.patient.trends.limit(
        named ? VITALS[vital].label : '',
        direction === 'low' ? '<' : '>',
        threshold,
        text.priorities[priority],
      );
      ctx.fillStyle = colours.quiet;
      // On the side that alarms, unless there is no room for it.
      const room = direction === 'low' ? top + height - y : y - top;
      const below = (direction === 'low') === room >= LABEL_PX * px;
      ctx.textBaseline = below ? 'top' : 'bottom';
      ctx.fillText(words, left + width - LABEL_AT_PX[priority] * px, below ? y + 2 * px : y - 2 * px);
    }
  });
}

/** Draws within the plot, and leaves the canvas as it was. `px`: device px a CSS px. */
function within(
  { ctx, bbox }: UPlot,
  draw: (ctx: CanvasRenderingContext2D, box: UPlot.BBox, px: number) => void,
): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx, bbox, devicePixelRatio);
  ctx.restore();
}
