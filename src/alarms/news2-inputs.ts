import type { EpochMs } from '../core/clock.ts';
import {
  NEWS2_PARAMETERS,
  type News2,
  type News2Input,
  type News2Parameter,
  type News2Points,
  type News2Use,
} from '../model/news2.ts';
import type { Vital } from '../model/vital.ts';
import { NEVER, type NewestValue } from './device-track.ts';
import {
  consciousnessPoints,
  type NEWS2_CHART,
  type News2Scale,
  news2Trigger,
  numberPoints,
  oxygenPoints,
  spo2Points,
} from './news2.ts';
import type { SubjectState } from './subject-state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * How old an input may be to be part of a score. What wearables measure all the time may be 15 minutes old: longer than
 * any interruption worth the name, and short enough that the score speaks of now. The others are taken on rounds, or said
 * by a person: 12 hours, the longest that the RCP lets pass between two sets of observations (at a score of 0). It is the
 * same at every score: a shorter one for the very ill would take the number away from those who need it, and how often
 * they are to be seen is what the trigger says.
 */
export const NEWS2_MAX_AGE_MS: Readonly<Record<News2Parameter, number>> = {
  resp_rate: 15 * MINUTE,
  spo2: 15 * MINUTE,
  oxygen: 12 * HOUR,
  systolic_bp: 12 * HOUR,
  pulse: 15 * MINUTE,
  consciousness: 12 * HOUR,
  temperature: 12 * HOUR,
};

/** Where one input stands in the state of a subject. */
export interface News2Reader {
  readonly parameter: News2Parameter;
  readonly maxAgeMs: number;
  /** When it was measured, by the server's clock; null: never. */
  measured(state: SubjectState): EpochMs | null;
  value(state: SubjectState): News2Input['value'] | null;
  /** Null: open. Only of an input that is there. */
  points(state: SubjectState, scale: News2Scale, now: EpochMs): News2Points | null;
}

function ofVital(
  parameter: News2Parameter,
  newest: (state: SubjectState) => NewestValue | undefined,
  points: (value: number, state: SubjectState, scale: News2Scale, now: EpochMs) => News2Points | null,
): News2Reader {
  return {
    parameter,
    maxAgeMs: NEWS2_MAX_AGE_MS[parameter],
    measured: (state) => newest(state)?.measured ?? null,
    value: (state) => newest(state)?.value ?? null,
    points(state, scale, now) {
      const known = newest(state);
      return known === undefined ? null : points(known.value, state, scale, now);
    },
  };
}

function charted(parameter: keyof typeof NEWS2_CHART, vital: Vital): News2Reader {
  return ofVital(
    parameter,
    (state) => state.newest[vital],
    (value) => numberPoints(parameter, value),
  );
}

/** Counted from the pulse oximeter or from the ECG, whichever is newer. */
function pulse({
  newest: { pulse_rate: counted, heart_rate: heart },
}: SubjectState): NewestValue | undefined {
  if (counted === undefined || heart === undefined) return counted ?? heart;
  return heart.measured > counted.measured ? heart : counted;
}

const READERS: Readonly<Record<News2Parameter, News2Reader>> = {
  resp_rate: charted('resp_rate', 'resp_rate'),
  spo2: ofVital(
    'spo2',
    (state) => state.newest.spo2,
    (value, { news2: { oxygen } }, scale, now) => {
      const known = oxygen !== null && now - oxygen.measured <= NEWS2_MAX_AGE_MS.oxygen;
      return spo2Points(value, scale, known ? oxygen.value : null);
    },
  ),
  oxygen: {
    parameter: 'oxygen',
    maxAgeMs: NEWS2_MAX_AGE_MS.oxygen,
    measured: ({ news2 }) => news2.oxygen?.measured ?? null,
    value: ({ news2 }) => news2.oxygen?.value ?? null,
    points: ({ news2 }) => (news2.oxygen === null ? null : oxygenPoints(news2.oxygen.value)),
  },
  systolic_bp: charted('systolic_bp', 'systolic_bp'),
  pulse: ofVital('pulse', pulse, (value) => numberPoints('pulse', value)),
  consciousness: {
    parameter: 'consciousness',
    maxAgeMs: NEWS2_MAX_AGE_MS.consciousness,
    measured: ({ news2 }) => news2.consciousness?.measured ?? null,
    value: ({ news2 }) => news2.consciousness?.value ?? null,
    points: ({ news2 }) =>
      news2.consciousness === null ? null : consciousnessPoints(news2.consciousness.value),
  },
  temperature: charted('temperature', 'body_temp'),
};

/** In the order of the chart. */
export const NEWS2_READERS: readonly News2Reader[] = NEWS2_PARAMETERS.map((parameter) => READERS[parameter]);

function measuredBy(known: NewestValue | undefined, byHand: boolean): EpochMs {
  return known !== undefined && (known.device === null) === byHand ? known.measured : NEVER;
}

/** When the newest of the vitals was measured that were, or were not, entered by hand. */
function newestVital(state: SubjectState, byHand: boolean): EpochMs {
  const { resp_rate, spo2, systolic_bp, body_temp } = state.newest;
  return Math.max(
    measuredBy(resp_rate, byHand),
    measuredBy(spo2, byHand),
    measuredBy(systolic_bp, byHand),
    measuredBy(pulse(state), byHand),
    measuredBy(body_temp, byHand),
  );
}

/** Whether a person entered the newest input. At the same time what a device says comes last: it will say more. */
export function newestIsByHand(state: SubjectState): boolean {
  const { oxygen, consciousness } = state.news2;
  const said = Math.max(oxygen?.measured ?? NEVER, consciousness?.measured ?? NEVER);
  return Math.max(said, newestVital(state, true)) > newestVital(state, false);
}

/** The place of each input in `lackingInputs`. */
function bitOf(parameter: News2Parameter): number {
  return 1 << NEWS2_PARAMETERS.indexOf(parameter);
}

const BITS: Readonly<Record<News2Parameter, number>> = {
  resp_rate: bitOf('resp_rate'),
  spo2: bitOf('spo2'),
  oxygen: bitOf('oxygen'),
  systolic_bp: bitOf('systolic_bp'),
  pulse: bitOf('pulse'),
  consciousness: bitOf('consciousness'),
  temperature: bitOf('temperature'),
};

function isLacking(
  known: { readonly measured: EpochMs } | null | undefined,
  now: EpochMs,
  maxAgeMs: number,
): boolean {
  return known === null || known === undefined || now - known.measured > maxAgeMs;
}

/**
 * What is lacking at `now`, as bits in the order of the chart. Asked with every sample of everybody, so it is written out:
 * through the readers it takes five times as long.
 */
export function lackingInputs({ newest, news2 }: SubjectState, now: EpochMs): number {
  const age = NEWS2_MAX_AGE_MS;
  let lacking = 0;
  if (isLacking(newest.resp_rate, now, age.resp_rate)) lacking |= BITS.resp_rate;
  if (isLacking(newest.spo2, now, age.spo2)) lacking |= BITS.spo2;
  if (isLacking(news2.oxygen, now, age.oxygen)) lacking |= BITS.oxygen;
  if (isLacking(newest.systolic_bp, now, age.systolic_bp)) lacking |= BITS.systolic_bp;
  // Whichever is newer counts.
  if (isLacking(newest.heart_rate, now, age.pulse) && isLacking(newest.pulse_rate, now, age.pulse))
    lacking |= BITS.pulse;
  if (isLacking(news2.consciousness, now, age.consciousness)) lacking |= BITS.consciousness;
  if (isLacking(newest.body_temp, now, age.temperature)) lacking |= BITS.temperature;
  return lacking;
}

/** NEWS2 at `now` (server time) with everything it is made of; without every input only what is lacking. */
export function currentNews2(state: SubjectState, use: News2Use, now: EpochMs): News2 {
  if (use === 'off') return { kind: 'off' };
  const scale = use === 'scale_2' ? 2 : 1;
  const inputs: News2Input[] = [];
  const lacks: News2Parameter[] = [];
  for (const reader of NEWS2_READERS) {
    const { parameter, maxAgeMs } = reader;
    const measured = reader.measured(state);
    const value = reader.value(state);
    if (measured === null || value === null || now - measured > maxAgeMs) lacks.push(parameter);
    else inputs.push({ parameter, value, points: reader.points(state, scale, now), measured });
  }
  if (lacks.length > 0) return { kind: 'partial', scale, lacks, inputs };
  const score = inputs.reduce((sum, { points }) => sum + (points ?? 0), 0);
  const single = inputs.some(({ points }) => points === 3);
  return { kind: 'score', scale, score, trigger: news2Trigger(score, single), inputs };
}

/** Whether anything is known that a score at `now` or later may be made of. */
export function hasNews2Inputs(state: SubjectState, now: EpochMs): boolean {
  return NEWS2_READERS.some((reader) => {
    const measured = reader.measured(state);
    return measured !== null && now - measured <= reader.maxAgeMs;
  });
}
