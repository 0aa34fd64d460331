import { useState } from 'preact/hooks';
import { NEWS2_PARAMETERS } from '../../../model/news2.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { inputText } from '../news2-rows.ts';
import { Scrolls } from '../scrolls.tsx';
import type { News2Step } from './news2-steps.ts';

/** Every score with every input, the newest first: made when it is opened. */
export function News2StepsTable({ steps }: { steps: readonly News2Step[] }) {
  const [open, setOpen] = useState(false);
  const words = text.patient.news2;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.history.all}</summary>
      {open && (
        <Scrolls label={words.history.all}>
          <table class="news2-steps">
            <thead>
              <tr>
                <th scope="col">{words.history.time}</th>
                <th scope="col">{words.name}</th>
                {NEWS2_PARAMETERS.map((parameter) => (
                  <th scope="col" key={parameter}>
                    {words.parameters[parameter]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {steps.toReversed().map((step) => (
                <Row step={step} key={step.t} />
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </details>
  );
}

function Row({ step }: { step: News2Step }) {
  const words = text.patient.news2;
  return (
    <tr>
      <th scope="row">{dayAndTime(step.t, Date.now())}</th>
      <td>
        {step.kind === 'score'
          ? `${step.score ?? 0} ${words.triggers[step.trigger ?? 'none']}`
          : words.partial}
      </td>
      {NEWS2_PARAMETERS.map((parameter) => {
        const input = step.inputs?.find((one) => one.parameter === parameter);
        if (input === undefined)
          return (
            <td class="lacking" key={parameter}>
              {words.missing}
            </td>
          );
        return (
          <td key={parameter}>
            {inputText(input)} <strong>{words.history.points(input.points)}</strong>{' '}
            <span class="quiet">{words.history.old(span(step.t - input.measured))}</span>
          </td>
        );
      })}
    </tr>
  );
}
