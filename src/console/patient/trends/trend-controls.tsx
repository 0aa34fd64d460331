import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import { dayAndTime, ZONE } from '../../text/times.ts';
import { rangeName } from './range-name.ts';
import { RANGES } from './trend-window.ts';
import type { Trends } from './trends.ts';

/** Range, zoom and the way back; and which time it is that is shown. */
export function TrendControls({ trends }: { trends: Trends }) {
  const { spanMs, end } = trends.window.value;
  const words = text.patient.trends;
  return (
    <div class="trend-controls">
      <fieldset>
        <legend class="hidden">{words.range}</legend>
        {RANGES.map((range) => (
          <Button
            pressed={end === null && range === spanMs}
            onClick={() => trends.choose(range)}
            label={words.last(rangeName(range))}
            key={range}
          >
            {rangeName(range)}
          </Button>
        ))}
      </fieldset>
      <fieldset>
        <legend class="hidden">{words.zoom}</legend>
        <Button onClick={() => trends.move('earlier')} label={words.earlier}>
          ◀
        </Button>
        <Button onClick={() => trends.move('later')} disabled={end === null} label={words.later}>
          ▶
        </Button>
        <Button onClick={() => trends.zoom('in')} label={words.zoom_in}>
          +
        </Button>
        <Button onClick={() => trends.zoom('out')} label={words.zoom_out}>
          −
        </Button>
        <Button onClick={() => trends.back()} disabled={!trends.canGoBack}>
          {words.back}
        </Button>
        <Button onClick={() => trends.now()} pressed={end === null}>
          {words.now}
        </Button>
      </fieldset>
      <Shown trends={trends} />
    </div>
  );
}

/** The stretch in words: read out when it was changed, and not whenever it is asked for again. */
function Shown({ trends }: { trends: Trends }) {
  const { spanMs, end } = trends.window.value;
  const words = text.patient.trends;
  const now = Date.now();
  return (
    <span class="trend-shown quiet">
      <span role="status">
        {end === null
          ? words.last(rangeName(spanMs))
          : words.between(dayAndTime(end - spanMs, now), dayAndTime(end, now))}
      </span>
      {` · ${text.time.zone(ZONE)}`}
      {trends.history.state.value.kind === 'loading' && ` · ${words.loading}`}
    </span>
  );
}

/** What keys do to the charts: none that is needed to leave them. */
export function trendKeys(event: KeyboardEvent, trends: Trends): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const does: Readonly<Record<string, () => void>> = {
    '+': () => trends.zoom('in'),
    '-': () => trends.zoom('out'),
    ArrowLeft: () => trends.move('earlier'),
    ArrowRight: () => trends.move('later'),
    Backspace: () => trends.back(),
    End: () => trends.now(),
  };
  const act = does[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}
