import { PRIORITIES } from '../../../model/limit.ts';
import { vitalLabel, vitalUnit } from '../../text/quantities.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import type { AnsweredBacktest } from './limit-answers.ts';

/** What the proposed limits would have done to the patient's stored history, beside those in force. */
export function BacktestResult({ answer }: { answer: AnsweredBacktest }) {
  const { today, proposed, monitored_s, episodes, from, to } = answer;
  const words = text.limits.backtest;
  const spanOf = (seconds: number | null): string => (seconds === null ? '–' : span(seconds * 1_000));
  const missed = episodes.filter((episode) => episode.missed.proposed > 0);
  return (
    <section class="backtest" role="status" aria-labelledby="backtest-title">
      <h3 id="backtest-title">{words.title(span(to - from), span(monitored_s * 1_000))}</h3>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{words.today}</th>
            <th scope="col">{words.proposed}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{words.alarms}</th>
            <td>{today.raised}</td>
            <td>{proposed.raised}</td>
          </tr>
          {PRIORITIES.toReversed().map((priority) => (
            <tr key={priority}>
              <th scope="row">{words.of_priority(text.priorities[priority])}</th>
              <td>{today.by_priority[priority]}</td>
              <td>{proposed.by_priority[priority]}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{words.median}</th>
            <td>{spanOf(today.median_s)}</td>
            <td>{spanOf(proposed.median_s)}</td>
          </tr>
          <tr>
            <th scope="row">{words.longest}</th>
            <td>{spanOf(today.longest_s)}</td>
            <td>{spanOf(proposed.longest_s)}</td>
          </tr>
        </tbody>
      </table>
      {missed.map(({ vital, direction, beyond, longer_than_s, found, missed: { proposed: lost } }) => (
        <p class="missed-episodes" key={`${vital}:${direction}`}>
          {words.missed(
            lost,
            found,
            `${vitalLabel(vital)} ${text.limits[direction === 'low' ? 'below' : 'above'](`${beyond} ${vitalUnit(vital)}`)}`,
            span(longer_than_s * 1_000),
          )}
        </p>
      ))}
      <p class="quiet small">{words.not_advice}</p>
    </section>
  );
}
