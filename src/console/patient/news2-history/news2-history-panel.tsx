import type { ReadonlySignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { News2Badge } from '../news2-badge.tsx';
import { News2Inputs } from '../news2-inputs-table.tsx';
import type { TrendWindow } from '../trends/trend-window.ts';
import { chosenIndex, type News2Step } from './news2-steps.ts';
import { News2StepsTable } from './news2-steps-table.tsx';
import { News2Strip } from './news2-strip.tsx';
import { useNews2History } from './use-news2-history.ts';

interface News2HistoryProps {
  readonly patient: string;
  /** What the trends show: the scores are of the same time. */
  readonly window: ReadonlySignal<TrendWindow>;
}

/** The score over time: asked for when it is opened, and no longer once it is closed. */
export function News2HistoryPanel(props: News2HistoryProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="news2-history" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text.patient.news2.history.title}</summary>
      {open && <Opened {...props} />}
    </details>
  );
}

function Opened({ patient, window }: News2HistoryProps) {
  const { asked, again } = useNews2History(patient, window);
  const [chosen, setChosen] = useState<number | null>(null);
  const words = text.patient.news2.history;
  const { kind, answer, problem } = asked.value;
  const step = answer?.history.steps[chosenIndex(answer.history.steps, chosen)];
  return (
    <>
      <p class="quiet small">{words.is}</p>
      {problem !== null && (
        <p class="trend-problem" role="alert">
          {words.failed} {problemText(problem)} <Button onClick={again}>{text.problem.retry}</Button>
        </p>
      )}
      {answer === null && kind === 'loading' && <p role="status">{words.loading}</p>}
      {answer !== null && step === undefined && (
        <p>{answer.history.use === 'off' ? text.patient.news2.is_off : words.none}</p>
      )}
      {answer !== null && step !== undefined && (
        <>
          {answer.history.truncated && <p class="small">{words.truncated}</p>}
          <News2Strip {...answer} chosen={chosen} onChoose={setChosen} />
          <Chosen step={step} />
          <News2StepsTable steps={answer.history.steps} />
        </>
      )}
    </>
  );
}

function Chosen({ step }: { step: News2Step }) {
  const words = text.patient.news2;
  const time = dayAndTime(step.t, Date.now());
  return (
    <>
      <p>
        <time>{time}</time> <News2Badge news2={step} />{' '}
        {step.kind === 'partial' && (
          <span class="quiet">
            {words.lacks((step.lacks ?? []).map((one) => words.parameters[one]).join(', '))}
          </span>
        )}
      </p>
      <News2Inputs news2={step} now={step.t} label={words.history.at(time)} />
    </>
  );
}
