import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { AlarmSpan } from './alarm-marks.ts';
import type { CanvasColours } from './canvas-colours.ts';
import type { LimitLine } from './limit-lines.ts';
import { drawAlarmSpans, drawLimitBands, drawLimitLines } from './plot-drawing.ts';
import { tickTimes } from './tick-times.ts';
import type { TrendGroup } from './trend-groups.ts';
import { loneIndexes, type TrendColumns } from './trend-series.ts';
import type { Stretch } from './trend-window.ts';

/** What one chart shows. */
export interface PlotView {
  readonly stretch: Stretch;
  /** A track a vital of the group, in its order. */
  readonly columns: TrendColumns;
  readonly limits: readonly LimitLine[];
  readonly spans: readonly AlarmSpan[];
}

/** What stands at the cursor: a time, and the mean of each vital of the group there. */
export interface CursorReading {
  readonly at: number;
  readonly means: readonly (number | null)[];
}

export interface TrendPlotOptions {
  readonly group: TrendGroup;
  readonly height: number;
  readonly colours: () => CanvasColours;
  readonly onSelect: (stretch: Stretch) => void;
  readonly onCursor: (reading: CursorReading | null) => void;
}

/** Room beside the plot, in CSS px: that of the y axis, and at the right. theme/patient.css has the same for the alarm strip. */
const AXIS_PX = 46;
const RIGHT_PX = 10;
const TIME_AXIS_PX = 24;
/** Less than this is a click, not a selection. CSS px. */
const LEAST_SELECTION_PX = 6;
/** Share of the axis left free above and below what is measured. */
const MARGIN = 0.04;
const DASHES = [[], [6, 3], [2, 3]] as const;
const COLOURS = ['first', 'second', 'third'] as const;
const NOTHING: PlotView = {
  stretch: { from: 0, to: 1 },
  columns: { times: [], tracks: [] },
  limits: [],
  spans: [],
};

/** One chart: mean as a line, lowest to highest as a band, limits and alarms behind. Wraps uPlot. */
export class TrendPlot implements Disposable {
  readonly #plot: UPlot;
  readonly #resized: ResizeObserver;
  #view: PlotView = NOTHING;

  constructor(host: HTMLElement, options: TrendPlotOptions) {
    const width = Math.max(120, host.clientWidth);
    this.#plot = new UPlot({ width, ...this.#options(options) }, [[]], host);
    this.#resized = new ResizeObserver(() => {
      if (host.clientWidth > 0) this.#plot.setSize({ width: host.clientWidth, height: options.height });
    });
    this.#resized.observe(host);
  }

  show(view: PlotView): void {
    this.#view = view;
    const { times, tracks } = view.columns;
    this.#plot.setData([times, ...tracks.flatMap(({ min, max, mean }) => [min, max, mean])]);
  }

  /** With the colours as they are now. */
  redraw(): void {
    this.#plot.redraw(true, true);
  }

  [Symbol.dispose](): void {
    this.#resized.disconnect();
    this.#plot.destroy();
  }

  #options({ group, height, colours, onSelect, onCursor }: TrendPlotOptions): Omit<UPlot.Options, 'width'> {
    const { vitals } = group;
    const axis = { stroke: () => colours().quiet, grid: { stroke: () => colours().grid, width: 1 } };
    return {
      height,
      ms: 1,
      padding: [8, RIGHT_PX, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [this.#view.stretch.from, this.#view.stretch.to] },
        y: { range: (_plot, low, high) => axisRange(group.usual, low, high) },
      },
      axes: [
        { ...axis, size: TIME_AXIS_PX, values: (_plot, splits) => [...tickTimes(splits)] },
        { ...axis, size: AXIS_PX },
      ],
      series: [{}, ...vitals.flatMap((_vital, i) => seriesOf(i, colours))],
      bands: vitals.map((_vital, i) => ({
        series: [3 * i + 2, 3 * i + 1],
        fill: () => translucent(colours()[colourOf(i)], 0.22),
      })),
      cursor: {
        sync: { key: 'trends', filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
        drag: { x: true, y: false, setScale: false },
        points: { size: 7 },
        y: false,
        bind: { dblclick: () => () => null },
      },
      hooks: {
        drawAxes: [
          (plot) => {
            drawAlarmSpans(plot, this.#view.spans, colours());
            drawLimitBands(plot, this.#view.limits, colours());
          },
        ],
        draw: [(plot) => drawLimitLines(plot, this.#view.limits, vitals.length > 1, colours())],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < LEAST_SELECTION_PX) return;
            onSelect({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') });
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        setCursor: [(plot) => onCursor(this.#reading(plot.cursor.idx))],
      },
    };
  }

  #reading(index: number | null | undefined): CursorReading | null {
    const { times, tracks } = this.#view.columns;
    const at = index === null || index === undefined ? undefined : times[index];
    if (index === null || index === undefined || at === undefined) return null;
    return { at, means: tracks.map(({ mean }) => mean[index] ?? null) };
  }
}

function colourOf(index: number): (typeof COLOURS)[number] {
  return COLOURS[index] ?? 'third';
}

/** Lowest and highest, which have no line of their own, and the mean. */
function seriesOf(index: number, colours: () => CanvasColours): UPlot.Series[] {
  const edge: UPlot.Series = { points: { show: false }, width: 0 };
  const stroke = (): string => colours()[colourOf(index)];
  const mean: UPlot.Series = {
    stroke,
    width: 1.75,
    dash: [...(DASHES[index] ?? [])],
    points: {
      show: true,
      size: 5,
      stroke,
      fill: stroke,
      filter: (plot, seriesIndex) => [...loneIndexes([...(plot.data[seriesIndex] ?? [])])],
    },
  };
  return [edge, { ...edge }, mean];
}

/** What is usual, and all that is measured; a value at the edge is not lost in it. */
function axisRange(
  [low, high]: TrendGroup['usual'],
  least: number | null,
  most: number | null,
): [number, number] {
  const margin = (high - low) * MARGIN;
  return [Math.min(low, (least ?? low) - margin), Math.max(high, (most ?? high) + margin)];
}

/** @param colour as `getComputedStyle` gives it: `rgb(1, 2, 3)` */
export function translucent(colour: string, alpha: number): string {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
