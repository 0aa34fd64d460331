import Type, { type Static, type TProperties } from 'typebox';
import { MAX_BACKTEST_LISTED, MAX_BACKTEST_MS, MAX_EPISODE_CRITERIA } from '../model/backtest.ts';
import { DIRECTIONS, PRIORITIES } from '../model/limit.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import { LimitTiers } from './limit-schema.ts';

/** More targets than any patient has limits for. */
const MAX_CHOICES = 100;
/** The last millisecond that InfluxDB's clock of signed 64-bit nanoseconds can name: in the year 2262. */
const LAST_MS = 9_223_372_036_854;
const Instant = { minimum: 0, maximum: LAST_MS } as const;
const closed = { additionalProperties: false } as const;

const episode = {
  vital: Type.Enum([...VITAL_NAMES]),
  direction: Type.Enum([...DIRECTIONS]),
  beyond: Type.Number({ description: "Strictly beyond it, in the vital's unit." }),
  longer_than_s: Type.Number({
    minimum: 1,
    maximum: MAX_BACKTEST_MS / 1_000,
    description: 'Seconds from the first value of the run to the last, at least.',
  }),
};

export const BacktestBody = Type.Object(
  {
    limits: Type.Array(
      Type.Object(
        {
          target: Type.String({
            maxLength: 80,
            description: 'A vital with low, high, falling or rising (`spo2:low`), or `combination:NAME`.',
          }),
          tiers: Type.Union([LimitTiers, Type.Null()], {
            description: "As they are set; null: as if the patient's own were unset.",
          }),
        },
        closed,
      ),
      { maxItems: MAX_CHOICES, description: 'Tried all at once, on top of the limits in force.' },
    ),
    from: Type.Optional(
      Type.Integer({ ...Instant, description: 'Epoch ms, inclusive; default a day before `to`.' }),
    ),
    to: Type.Optional(Type.Integer({ ...Instant, description: 'Epoch ms, exclusive; default now.' })),
    episodes: Type.Optional(
      Type.Array(Type.Object(episode, closed), {
        maxItems: MAX_EPISODE_CRITERIA,
        description:
          'What counts as a real episode; default a minute beyond the built-in high-priority limits.',
      }),
    ),
  },
  closed,
);
export type BacktestBody = Static<typeof BacktestBody>;

const counts = Type.Object({ low: Type.Number(), medium: Type.Number(), high: Type.Number() });
const nullable = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const tally = {
  raised: Type.Integer(),
  cleared: Type.Integer({ description: 'Their condition ended, latched or not.' }),
  latched: Type.Integer({ description: 'They would have waited for a person after their end.' }),
  by_priority: counts,
  a_patient_day: Type.Union([counts, Type.Null()], {
    description: 'For 24 monitored hours; null when nothing was monitored.',
  }),
  median_s: nullable('From onset to end; null without alarms.'),
  longest_s: nullable('The same of the longest.'),
};
const LimitsTally = Type.Object({
  ...tally,
  targets: Type.Record(Type.String(), Type.Object(tally), { description: 'The same by target.' }),
});
const Counted = Type.Object({
  count: Type.Integer(),
  alarms: Type.Array(
    Type.Object({
      id: Type.String(),
      target: Type.String(),
      priority: Type.Enum([...PRIORITIES]),
      onset: Type.Integer({ description: 'Epoch ms.' }),
      ended: Type.Union([Type.Integer(), Type.Null()]),
    }),
    { description: `The oldest ${MAX_BACKTEST_LISTED}.` },
  ),
});
const both = <Properties extends TProperties[string]>(of: Properties) =>
  Type.Object({ today: of, proposed: of });

export const BacktestAnswer = Type.Object({
  patient: Type.String(),
  from: Type.Integer(),
  to: Type.Integer(),
  moments: Type.Integer({ description: 'Moments evaluated, of all devices.' }),
  monitored_s: Type.Number({
    description: 'Distances between moments, none counted for more than 15 minutes.',
  }),
  today: LimitsTally,
  proposed: LimitsTally,
  only: both(Counted),
  episodes: Type.Array(Type.Object({ ...episode, found: Type.Integer(), missed: both(Type.Integer()) })),
  missed: Type.Array(
    Type.Object({
      device: Type.String(),
      vital: episode.vital,
      direction: episode.direction,
      beyond: Type.Number(),
      from: Type.Integer(),
      until: Type.Integer(),
      lasted_s: Type.Number(),
      worst: Type.Number(),
      alarmed: both(Type.Boolean()),
    }),
    {
      description: `Episodes without a limit alarm of their vital and direction, at most ${MAX_BACKTEST_LISTED}: first those that only the proposed limits miss, then those both miss, then those only today's do.`,
    },
  ),
});
