import type { News2State } from '../../feed/patient-model.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { Stretch } from '../trends/trend-window.ts';

/** The score at one time, server's clock. */
export type News2Step = News2State & { readonly t: number };

/** What the server answers for a stretch of time. */
export interface News2History {
  readonly step_ms: number;
  readonly use: string;
  readonly truncated: boolean;
  readonly steps: readonly News2Step[];
}

/** What a step is marked by: its trigger, or that there is no score. */
export type StepClass = keyof typeof text.patient.news2.history.marks;

/** The class of a score. */
export function stepClass({ kind, trigger }: News2State): StepClass {
  return kind === 'score' ? (trigger ?? 'none') : 'partial';
}

/** Steps of one class after one another, and where they stand in the stretch: 0 at its beginning, 1 at its end. */
export interface StepRun {
  readonly of: StepClass;
  readonly at: number;
  readonly width: number;
  readonly steps: readonly News2Step[];
}

/** A score stands until the next one, the last for one step and not past the end of the stretch. */
export function stepRuns(
  { steps, step_ms }: Pick<News2History, 'steps' | 'step_ms'>,
  { from, to }: Stretch,
): readonly StepRun[] {
  const groups: { of: StepClass; steps: News2Step[] }[] = [];
  for (const step of steps) {
    const of = stepClass(step);
    const last = groups.at(-1);
    if (last?.of === of) last.steps.push(step);
    else groups.push({ of, steps: [step] });
  }
  const place = (t: number): number => Math.min(1, Math.max(0, (t - from) / (to - from)));
  return groups.map(({ of, steps: some }) => {
    const [first, last] = [some[0]?.t ?? from, some.at(-1)?.t ?? from];
    const at = place(first);
    return { of, at, width: place(last + step_ms) - at, steps: some };
  });
}

/** The highest score of the chart. */
const HIGHEST = 20;

/** How high a score stands: 0 to 1, and never nothing, so that 0 is seen as well. */
export function stepHeight({ kind, score = 0 }: News2State): number {
  return kind === 'score' ? Math.max(0.04, score / HIGHEST) : 0.2;
}

/** Which step is chosen: that of the time, or the newest when there is none of it any more. -1: there are no steps. */
export function chosenIndex(steps: readonly News2Step[], t: number | null): number {
  const found = t === null ? -1 : steps.findIndex((step) => step.t === t);
  return found === -1 ? steps.length - 1 : found;
}

/** A step in words: when, the score and what it calls for, or what it lacks. @param now which day needs no name */
export function stepText(step: News2Step, now: number): string {
  const words = text.patient.news2;
  const time = dayAndTime(step.t, now);
  if (step.kind === 'score')
    return `${time}: ${words.name} ${step.score ?? 0}, ${words.triggers[step.trigger ?? 'none']}`;
  const lacks = (step.lacks ?? []).map((parameter) => words.parameters[parameter]).join(', ');
  return `${time}: ${words.name} ${words.partial}. ${words.lacks(lacks)}`;
}

/** How long until what reaches to now is asked for again: a step, near enough. Milliseconds. */
export function refreshMs(spanMs: number): number {
  return Math.max(60_000, spanMs / 100);
}
