import type { News2Parameter } from '../../model/news2.ts';
import type { Vital } from '../../model/vital.ts';
import type { News2State } from '../feed/patient-model.ts';
import { vitalUnit, vitalValue } from '../text/quantities.ts';
import { text } from '../text/text.ts';

type Input = NonNullable<News2State['inputs']>[number];

/** Which vital's unit and decimals a parameter has. */
const VITAL_OF: Readonly<Partial<Record<News2Parameter, Vital>>> = {
  resp_rate: 'resp_rate',
  spo2: 'spo2',
  systolic_bp: 'systolic_bp',
  pulse: 'heart_rate',
  temperature: 'body_temp',
};

/** What was measured or observed, in words: `14 /min`, `Oxygen`, `New confusion`. */
export function inputText({ parameter, value }: Pick<Input, 'parameter' | 'value'>): string {
  if (typeof value === 'number') {
    const vital = VITAL_OF[parameter] ?? '';
    return `${vitalValue(vital, value)} ${vitalUnit(vital)}`.trimEnd();
  }
  const words: Readonly<Record<string, string>> = { ...text.patient.oxygen, ...text.patient.consciousness };
  return words[value] ?? value;
}

/** One state of the score, and when the page heard of it (server's clock, ms). */
export interface ScoreHeard {
  readonly at: number;
  readonly news2: News2State;
}

/** Changes kept: a score changes some times an hour. */
const CHANGES_KEPT = 200;

/** What was heard so far, newest first, and the score as it is now if that is another. */
export function heardScores(
  heard: readonly ScoreHeard[],
  news2: News2State,
  at: number,
): readonly ScoreHeard[] {
  const before = heard[0]?.news2;
  if (before !== undefined && isSame(before, news2)) return heard;
  return [{ at, news2 }, ...heard].slice(0, CHANGES_KEPT);
}

function isSame(a: News2State, b: News2State): boolean {
  const gist = ({ kind, scale, score, trigger, lacks }: News2State): string =>
    JSON.stringify([kind, scale, score, trigger, lacks]);
  return gist(a) === gist(b);
}
