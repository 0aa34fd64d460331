import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { Button } from '../shell/button.tsx';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { News2Badge } from './news2-badge.tsx';
import { News2HistoryPanel } from './news2-history/news2-history-panel.tsx';
import { News2Inputs } from './news2-inputs-table.tsx';
import { heardScores, type ScoreHeard } from './news2-rows.ts';
import type { TrendWindow } from './trends/trend-window.ts';
import { useNews2 } from './use-news2.ts';

interface News2PanelProps {
  readonly model: PatientModel;
  readonly onEnter: () => void;
  /** What the trends show, which the history of the score is of. */
  readonly window: ReadonlySignal<TrendWindow>;
}

/** NEWS2 with everything it is made of, in the order of the chart; or what it lacks. */
export function News2Panel({ model, onEnter, window }: News2PanelProps) {
  const { clock } = useConsole();
  const news2 = useNews2(model).value;
  const words = text.patient.news2;
  return (
    <section class="panel" aria-labelledby="news2-title">
      <h2 id="news2-title">{words.title}</h2>
      <p>
        <News2Badge news2={news2} />{' '}
        {news2.scale !== undefined && <span class="quiet">{words.scale(news2.scale)}</span>}
      </p>
      {news2.kind === 'off' && <p>{words.is_off}</p>}
      {news2.kind === 'partial' && (
        <p>
          {words.lacks((news2.lacks ?? []).map((parameter) => words.parameters[parameter]).join(', '))}{' '}
          <Button onClick={onEnter}>{words.enter}</Button>
        </p>
      )}
      {news2.kind !== 'off' && <News2Inputs news2={news2} now={clock.now.value} label={words.title} />}
      <News2HistoryPanel patient={model.patient} window={window} />
      <Changes model={model} />
    </section>
  );
}

/** The score as it changed while this was open: to the second, where the history has steps. */
function Changes({ model }: { model: PatientModel }) {
  const { clock } = useConsole();
  const heard = useSignal<readonly ScoreHeard[]>([]);
  useEffect(() => {
    heard.value = [];
    return model.news2.subscribe((news2) => {
      heard.value = heardScores(heard.peek(), news2, clock.exact());
    });
  }, [model, clock, heard]);
  const words = text.patient.news2;
  return (
    <details>
      <summary>{words.changes}</summary>
      <p class="quiet small">{words.changes_are}</p>
      <ol class="news2-changes" reversed>
        {heard.value.map(({ at, news2 }) => (
          <li key={at}>
            <time>{dayAndTime(at, clock.now.peek())}</time> <News2Badge news2={news2} />{' '}
            {news2.kind === 'partial' && (
              <span class="quiet">
                {words.lacks((news2.lacks ?? []).map((one) => words.parameters[one]).join(', '))}
              </span>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}
