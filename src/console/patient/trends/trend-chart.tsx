import { effect, type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { vitalLabel, vitalName, vitalUnit, vitalValue } from '../../text/quantities.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { alarmSpans } from './alarm-marks.ts';
import { canvasColours, onThemeChange } from './canvas-colours.ts';
import type { TrendGroup } from './trend-groups.ts';
import type * as Plots from './trend-plot.ts';
import { type Track, trendColumns } from './trend-series.ts';
import { summaryOf } from './trend-summary.ts';
import type { Trends } from './trends.ts';

interface TrendChartProps {
  readonly trends: Trends;
  readonly group: TrendGroup;
  readonly tracks: ReadonlySignal<readonly Track[]>;
  readonly plots: typeof Plots;
}

/** CSS px. */
const HEIGHT = 150;

/** The chart of one group of vitals. It is drawn past Preact: once a second at the most. */
export function TrendChart({ trends, group, tracks, plots }: TrendChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const reading = useSignal<Plots.CursorReading | null>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let colours = canvasColours(element);
    const plot = new plots.TrendPlot(element, {
      group,
      height: HEIGHT,
      colours: () => colours,
      onSelect: (stretch) => trends.select(stretch),
      onCursor: (read) => {
        reading.value = read;
      },
    });
    const theme = onThemeChange(() => {
      colours = canvasColours(element);
      plot.redraw();
    });
    const stop = effect(() => {
      const history = trends.history.history.value;
      const stretch = trends.stretch.value;
      if (history === null) return;
      plot.show({
        stretch,
        columns: trendColumns(ofGroup(tracks.value, group), history.resolution.ms),
        limits: history.limits.filter(({ vital }) => group.vitals.includes(vital)),
        spans: alarmSpans(trends.alarms.value, group.vitals, stretch),
      });
    });
    return () => {
      stop();
      theme[Symbol.dispose]();
      plot[Symbol.dispose]();
    };
  }, [trends, group, tracks, plots, reading]);
  return (
    <figure class="trend-chart">
      <figcaption>
        <Caption group={group} tracks={tracks} reading={reading} />
      </figcaption>
      <div class="trend-plot" ref={host} role="img" aria-label={inWords(ofGroup(tracks.value, group))} />
    </figure>
  );
}

interface CaptionProps {
  readonly group: TrendGroup;
  readonly tracks: ReadonlySignal<readonly Track[]>;
  readonly reading: Signal<Plots.CursorReading | null>;
}

/** Which line is which, and what stands at the cursor. */
function Caption({ group, tracks, reading }: CaptionProps) {
  const read = reading.value;
  const drawn = ofGroup(tracks.value, group);
  return (
    <>
      {group.vitals.map((vital, i) => {
        if (drawn[i]?.buckets.length === 0) return null;
        const mean = read?.means[i] ?? null;
        return (
          <span class={`trend-name trend-${i}`} title={vitalName(vital)} key={vital}>
            {vitalLabel(vital)}
            {mean !== null && <strong> {vitalValue(vital, mean)}</strong>}
          </span>
        );
      })}
      <span class="quiet">{vitalUnit(group.vitals[0] ?? '')}</span>
      {read !== null && <time class="quiet">{dayAndTime(read.at, Date.now())}</time>}
    </>
  );
}

function ofGroup(tracks: readonly Track[], { vitals }: TrendGroup): readonly Track[] {
  return vitals.map((vital) => tracks.find((track) => track.vital === vital) ?? { vital, buckets: [] });
}

function inWords(tracks: readonly Track[]): string {
  return summaryOf(tracks)
    .map(({ vital, min, mean, max }) =>
      text.patient.trends.in_words(vitalName(vital), {
        min: vitalValue(vital, min),
        mean: vitalValue(vital, mean),
        max: vitalValue(vital, max),
        unit: vitalUnit(vital),
      }),
    )
    .join('. ');
}
