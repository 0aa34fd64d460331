import { NEWS2_PARAMETERS } from '../../model/news2.ts';
import type { News2State } from '../feed/patient-model.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { inputText } from './news2-rows.ts';
import { Scrolls } from './scrolls.tsx';

interface News2InputsProps {
  readonly news2: News2State;
  /** What the ages are counted from, ms of the server's clock. */
  readonly now: number;
  /** What it is a table of. */
  readonly label: string;
}

/** What a score is made of, in the order of the chart: value, points and age of each input, or that it is lacking. */
export function News2Inputs({ news2, now, label }: News2InputsProps) {
  const words = text.patient.news2;
  return (
    <Scrolls label={label}>
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
