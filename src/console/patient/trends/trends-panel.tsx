import { type ReadonlySignal, type Signal, useComputed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import type { PatientModel } from '../../feed/patient-model.ts';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { vitalName } from '../../text/quantities.ts';
import { text } from '../../text/text.ts';
import { AlarmStrip } from './alarm-strip.tsx';
import { SummaryTable } from './summary-table.tsx';
import { TrendChart } from './trend-chart.tsx';
import { TrendControls, trendKeys } from './trend-controls.tsx';
import { TREND_GROUPS, TREND_VITALS } from './trend-groups.ts';
import type * as Plots from './trend-plot.ts';
import type { Track } from './trend-series.ts';
import { within } from './trend-series.ts';
import type { TrendWindow } from './trend-window.ts';
import { Trends } from './trends.ts';

type PlotModule = typeof Plots;

interface TrendsPanelProps {
  readonly model: PatientModel;
  /** Grows with every change of the patient's limits made here. */
  readonly limitsChanged: ReadonlySignal<number>;
  /** What is shown, for whoever shows the same time. */
  readonly window: Signal<TrendWindow>;
}

/** Trends of one patient: charts over a common time axis, alarms above them, and the same in numbers. */
export function TrendsPanel({ model, limitsChanged, window }: TrendsPanelProps) {
  const { session, clock, feed, ward } = useConsole();
  const [trends, setTrends] = useState<Trends | null>(null);
  const connected = useComputed(() => feed.state.value.kind === 'live');
  useEffect(() => {
    const made = new Trends({ rest: session.rest, clock, model, ward, connected, window });
    setTrends(made);
    const stop = limitsChanged.subscribe((times) => {
      if (times > 0) made.reload();
    });
    return () => {
      stop();
      made[Symbol.dispose]();
    };
  }, [session, clock, model, ward, connected, limitsChanged, window]);
  return (
    <section class="panel trends" aria-labelledby="trends-title">
      <h2 id="trends-title">{text.patient.trends.title}</h2>
      {trends !== null && <Charts trends={trends} />}
    </section>
  );
}

function Charts({ trends }: { trends: Trends }) {
  const [plots, setPlots] = useState<PlotModule | null>(null);
  useEffect(() => {
    // Loaded with the first chart: nobody who looks at a ward waits for it.
    void import('./trend-plot.ts').then(setPlots);
  }, []);
  const tracks = useComputed(() => tracksOf(trends));
  const measured = new Set(
    tracks.value.filter(({ buckets }) => buckets.length > 0).map(({ vital }) => vital),
  );
  const groups = TREND_GROUPS.filter(({ vitals }) => vitals.some((vital) => measured.has(vital)));
  const without = TREND_VITALS.filter((vital) => !measured.has(vital));
  const history = trends.history.history.value;
  const state = trends.history.state.value;
  return (
    <>
      <TrendControls trends={trends} />
      {state.kind === 'failed' && (
        <p class="trend-problem" role="alert">
          {text.patient.trends.failed} {problemText(state.problem)}{' '}
          <Button onClick={() => trends.reload()}>{text.problem.retry}</Button>
        </p>
      )}
      {history === null ? (
        <p role="status">{state.kind === 'loading' ? text.patient.trends.loading : ''}</p>
      ) : (
        // biome-ignore lint/a11y/useSemanticElements: a group of charts is no fieldset
        <div
          class="trend-charts"
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the charts are moved and zoomed by keys, which need a place to go to
          tabIndex={0}
          aria-label={text.patient.trends.charts}
          aria-describedby="trend-keys"
          onKeyDown={(event) => trendKeys(event, trends)}
        >
          <AlarmStrip trends={trends} />
          {plots !== null &&
            groups.map((group) => (
              <TrendChart trends={trends} group={group} tracks={tracks} plots={plots} key={group.id} />
            ))}
        </div>
      )}
      <p id="trend-keys" class="quiet small">
        {text.patient.trends.keys}
      </p>
      {history !== null && without.length > 0 && (
        <p class="quiet small">{text.patient.trends.without(without.map(vitalName).join(', '))}</p>
      )}
      <SummaryTable tracks={tracks.value} />
    </>
  );
}

/** Every vital with what lies in the stretch shown. */
function tracksOf({ history, stretch }: Trends): readonly Track[] {
  const known = history.history.value;
  if (known === null) return [];
  return TREND_VITALS.map((vital) => ({
    vital,
    buckets: within(known.buckets[vital] ?? [], stretch.value, known.resolution.ms),
  }));
}
