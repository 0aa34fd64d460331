import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { Stretch } from '../trends/trend-window.ts';
import {
  chosenIndex,
  type News2History,
  type StepClass,
  stepClass,
  stepHeight,
  stepRuns,
  stepText,
} from './news2-steps.ts';

/** A run with less of the stretch has no room for its mark. */
const NARROW = 0.08;

interface News2StripProps {
  readonly history: News2History;
  readonly stretch: Stretch;
  /** Time of the chosen step; null: the newest. */
  readonly chosen: number | null;
  readonly onChoose: (t: number) => void;
}

/**
 * The score over time as steps, coloured and marked by what they call for; gaps where it was partial. A slider over it
 * chooses a step: by keys, by pointing, and in words for whom a picture says nothing.
 */
export function News2Strip({ history, stretch, chosen, onChoose }: News2StripProps) {
  const words = text.patient.news2.history;
  const { steps, step_ms: stepMs } = history;
  const now = Date.now();
  const index = chosenIndex(steps, chosen);
  const [step, first, last] = [steps[index], steps[0], steps.at(-1)];
  const share = (ms: number): string => `${(100 * ms) / (stretch.to - stretch.from)}%`;
  return (
    <div class="news2-strip">
      <div class="news2-plot">
        <div aria-hidden="true">
          {steps.map((one) => (
            <span
              class={`news2-step ${stepClass(one)}${one === step ? ' chosen' : ''}`}
              style={{
                left: share(one.t - stretch.from),
                width: share(Math.min(stepMs, stretch.to - one.t)),
                // Marks stand above the highest.
                height: `calc((100% - 1.3rem) * ${stepHeight(one)})`,
              }}
              key={one.t}
            />
          ))}
          {stepRuns(history, stretch).map(({ of, at, width, steps: [begun] }) => (
            <span
              class={`news2-mark ${of}${width < NARROW ? ' narrow' : ''}`}
              style={{ left: `${100 * at}%`, width: `${100 * width}%` }}
              key={begun?.t}
            >
              {words.marks[of]}
            </span>
          ))}
        </div>
        {step !== undefined && first !== undefined && last !== undefined && (
          <input
            type="range"
            class="news2-choice"
            aria-label={words.choose}
            aria-valuetext={stepText(step, now)}
            min={0}
            max={steps.length - 1}
            step={1}
            value={index}
            style={{ left: share(first.t - stretch.from), width: share(last.t + stepMs - first.t) }}
            onInput={(event) => {
              const at = steps[Number(event.currentTarget.value)];
              if (at !== undefined) onChoose(at.t);
            }}
          />
        )}
      </div>
      <p class="news2-ends quiet small">
        <span>{dayAndTime(stretch.from, now)}</span>
        <span>{dayAndTime(stretch.to, now)}</span>
      </p>
      <ul class="news2-legend small" aria-label={words.legend}>
        {(Object.keys(words.marks) as StepClass[]).map((of) => (
          <li key={of}>
            <span class={`news2-key ${of}`}>{words.marks[of]}</span> {wordOf(of)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function wordOf(of: StepClass): string {
  const words = text.patient.news2;
  return of === 'partial' ? words.partial : words.triggers[of];
}
