import type { EpochMs } from '../core/clock.ts';
import {
  type AlarmTally,
  type BacktestAlarm,
  type CountedAlarms,
  type LimitsTally,
  MAX_BACKTEST_LISTED,
} from '../model/backtest.ts';
import type { Priority } from '../model/limit.ts';
import type { LimitsRun, RunAlarm } from './limits-run.ts';

const DAY_S = 86_400;

function median(sorted: readonly number[]): number | null {
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

function tallyOf(alarms: readonly RunAlarm[], monitoredS: number, newest: EpochMs): AlarmTally {
  const count: Record<Priority, number> = { low: 0, medium: 0, high: 0 };
  let [cleared, latched] = [0, 0];
  for (const alarm of alarms) {
    count[alarm.priority]++;
    if (alarm.ended !== null) cleared++;
    if (alarm.latched) latched++;
  }
  const aDay = (priority: Priority): number => (count[priority] * DAY_S) / monitoredS;
  const lasted = alarms
    .map(({ onset, ended }) => ((ended ?? Math.max(onset, newest)) - onset) / 1_000)
    .sort((a, b) => a - b);
  return {
    raised: alarms.length,
    cleared,
    latched,
    by_priority: count,
    a_patient_day: monitoredS > 0 ? { low: aDay('low'), medium: aDay('medium'), high: aDay('high') } : null,
    median_s: median(lasted),
    longest_s: lasted.at(-1) ?? null,
  };
}

/**
 * The figures of a run.
 * @param monitoredS how long the patient was measured
 * @param newest time of the newest moment: up to then alarms that did not end have lasted
 */
export function limitsTally(run: LimitsRun, monitoredS: number, newest: EpochMs): LimitsTally {
  const targets = [...run.alarms].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...tallyOf([...run.alarms.values()].flat(), monitoredS, newest),
    targets: Object.fromEntries(
      targets.map(([target, alarms]) => [target, tallyOf(alarms, monitoredS, newest)]),
    ),
  };
}

/** Those of `alarms` that none of `others` was live at the same time as. Both in time order, without overlaps. */
function withoutCounterpart(alarms: readonly RunAlarm[], others: readonly RunAlarm[]): RunAlarm[] {
  let i = 0;
  return alarms.filter(({ onset, ended }) => {
    let other = others[i];
    while (other !== undefined && other.ended !== null && other.ended < onset) other = others[++i];
    return other === undefined || (ended !== null && other.onset > ended);
  });
}

/** The alarms of a run at times at which the other run had none of the same target. */
export function onlyIn(run: LimitsRun, other: LimitsRun): CountedAlarms {
  const only = [...run.alarms]
    .flatMap(([target, alarms]) => withoutCounterpart(alarms, other.alarms.get(target) ?? []))
    .sort((a, b) => a.onset - b.onset);
  const alarms = only
    .slice(0, MAX_BACKTEST_LISTED)
    .map(({ id, target, priority, onset, ended }): BacktestAlarm => ({ id, target, priority, onset, ended }));
  return { count: only.length, alarms };
}
