import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { NEWS2_PARAMETERS } from '../../model/news2.ts';
import { useConsole } from '../console-parts.ts';
import type { News2State, PatientModel } from '../feed/patient-model.ts';
import { Button } from '../shell/button.tsx';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { News2Badge } from './news2-badge.tsx';
import { heardScores, inputText, type ScoreHeard } from './news2-rows.ts';
import { Scrolls } from './scrolls.tsx';
import { useNews2 } from './use-news2.ts';

/** NEWS2 with everything it is made of, in the order of the chart; or what it lacks. */
export function News2Panel({ model, onEnter }: { model: PatientModel; onEnter: () => void }) {
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
      {news2.kind !== 'off' && <Inputs news2={news2} />}
      <Changes model={model} />
    </section>
  );
}

function Inputs({ news2 }: { news2: News2State }) {
  const { clock } = useConsole();
  const words = text.patient.news2;
  const now = clock.now.value;
  return (
    <Scrolls label={words.title}>
      <table class="news2-inputs">
        <thead>
          <tr>
            <th scope="col">{words.parameter}</th>
            <th scope="col">{words.value}</th>
            <th scope="col">{words.points}</th>
            <th scope="col">{words.age}</th>
          </tr>
        </thead>
        <tbody>
          {NEWS2_PARAMETERS.map((parameter) => {
            const input = news2.inputs?.find((one) => one.parameter === parameter);
            return (
              <tr
                class={input === undefined ? 'lacking' : `points-${input.points ?? 'open'}`}
                key={parameter}
              >
                <th scope="row">{words.parameters[parameter]}</th>
                <td>{input === undefined ? words.missing : inputText(input)}</td>
                <td>{input === undefined ? '' : (input.points ?? words.open)}</td>
                <td>{input === undefined ? '' : span(now - input.measured)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolls>
  );
}

/** The score as it changed while this was open: the server keeps no history of it. */
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
