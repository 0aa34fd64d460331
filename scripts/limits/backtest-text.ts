import type {
  BacktestReport,
  EpisodeCount,
  EpisodeCriterion,
  LimitsTally,
  MissedEpisode,
} from '../../src/model/backtest.ts';
import { PRIORITIES } from '../../src/model/limit.ts';
import { VITALS } from '../../src/model/vital.ts';
import { formatTable } from '../table.ts';
import { instantText } from './show.ts';

/** Missed episodes shown; `--json` has more of them. */
const SHOWN = 20;

/** Of less, alarms a day are a guess that looks like a figure. Seconds. */
const TELLS_PER_DAY_S = 3_600;

/** One line of the comparison. */
interface Line {
  readonly name: string;
  readonly today: string;
  readonly proposed: string;
}

function line(
  name: string,
  of: (tally: LimitsTally) => number | null,
  { today, proposed }: BacktestReport,
  text: (n: number) => string = String,
): Line {
  const shown = (tally: LimitsTally): string => {
    const value = of(tally);
    return value === null ? '-' : text(value);
  };
  return { name, today: shown(today), proposed: shown(proposed) };
}

/** A duration as people say it: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min${s % 60 === 0 ? '' : ` ${s % 60} s`}`;
  const minutes = Math.round(s / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}

/** One decimal, as alarms a day are told. */
const rate = (value: number): string => value.toFixed(1);

function aDay(tally: LimitsTally): number | null {
  const by = tally.a_patient_day;
  return by && by.low + by.medium + by.high;
}

function perDay(report: BacktestReport): Line[] {
  return [
    line('alarms in 24 h', aDay, report, rate),
    ...PRIORITIES.toReversed().map((one) =>
      line(`  ${one} priority`, ({ a_patient_day }) => a_patient_day?.[one] ?? null, report, rate),
    ),
  ];
}

/** Today's limits and the proposed ones side by side. */
function comparison(report: BacktestReport): string {
  const { today, proposed, only } = report;
  const targets = [...new Set([...Object.keys(today.targets), ...Object.keys(proposed.targets)])].sort();
  const lines: Line[] = [
    line('alarms', ({ raised }) => raised, report),
    ...PRIORITIES.toReversed().map((one) =>
      line(`  ${one} priority`, (tally) => tally.by_priority[one], report),
    ),
    ...(report.monitored_s < TELLS_PER_DAY_S ? [] : perDay(report)),
    line('ended', ({ cleared }) => cleared, report),
    line('  waited for somebody to see them', ({ latched }) => latched, report),
    line('usual duration (median)', ({ median_s }) => median_s, report, durationText),
    line('longest', ({ longest_s }) => longest_s, report, durationText),
    ...targets.map((target) => line(`of ${target}`, (tally) => tally.targets[target]?.raised ?? 0, report)),
    {
      name: 'without a counterpart in the other',
      today: `${only.today.count}`,
      proposed: `${only.proposed.count}`,
    },
  ];
  return formatTable<Line>(
    [
      { heading: '', value: ({ name }) => name },
      { heading: 'TODAY', value: (one) => one.today },
      { heading: 'PROPOSED', value: (one) => one.proposed },
    ],
    lines,
  );
}

function episodeText({ vital, direction, beyond }: Omit<EpisodeCriterion, 'longer_than_s'>): string {
  return `${vital} ${direction === 'low' ? 'below' : 'above'} ${beyond} ${VITALS[vital].unit}`;
}

function counts(episodes: readonly EpisodeCount[]): string {
  const found = episodes.filter((one) => one.found > 0);
  if (found.length === 0) return 'No real episodes were found in this history.\n';
  return formatTable<EpisodeCount>(
    [
      {
        heading: 'REAL EPISODES',
        value: (one) => `${episodeText(one)}, ${durationText(one.longer_than_s)} or longer`,
      },
      { heading: 'FOUND', value: (one) => `${one.found}` },
      { heading: 'MISSED TODAY', value: ({ missed }) => `${missed.today}` },
      { heading: 'MISSED AS PROPOSED', value: ({ missed }) => `${missed.proposed}` },
    ],
    found,
  );
}

function misses({ missed, episodes }: BacktestReport): string {
  if (missed.length === 0)
    return episodes.some(({ found }) => found > 0) ? 'No episode went without an alarm.\n' : '';
  const alarm = (alarmed: boolean): string => (alarmed ? 'alarmed' : 'NO ALARM');
  const table = formatTable<MissedEpisode>(
    [
      { heading: 'EPISODE', value: episodeText },
      { heading: 'FROM', value: ({ from }) => instantText(from) },
      { heading: 'LASTED', value: ({ lasted_s }) => durationText(lasted_s) },
      { heading: 'WORST', value: ({ worst }) => `${worst}` },
      { heading: 'TODAY', value: ({ alarmed }) => alarm(alarmed.today) },
      { heading: 'PROPOSED', value: ({ alarmed }) => alarm(alarmed.proposed) },
    ],
    missed.slice(0, SHOWN),
  );
  const more = missed.length > SHOWN ? `${missed.length - SHOWN} or more others: see --json\n` : '';
  return `${table}${more}`;
}

/** A report as a nurse reads it. */
export function backtestText(report: BacktestReport): string {
  const { patient, from, to, moments, monitored_s } = report;
  const range = `Patient ${patient}, ${instantText(from)} to ${instantText(to)}`;
  if (moments === 0) return `${range}: nothing is stored of this time.\n`;
  const head = `${range}: measured for ${durationText(monitored_s)}.\n`;
  const note = 'Nobody acknowledges in a back-test: what comes back after its end counts as a new alarm.\n';
  const little =
    monitored_s < TELLS_PER_DAY_S ? 'Less than an hour was measured: too little to tell per day.\n' : '';
  return [head, comparison(report), `${little}${note}`, counts(report.episodes), misses(report)]
    .filter(Boolean)
    .join('\n');
}
