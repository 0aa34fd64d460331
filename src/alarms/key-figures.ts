import type { EpochMs } from '../core/clock.ts';
import type { Alarm } from '../model/alarm.ts';
import type { AlarmId } from '../model/ids.ts';
import { PRIORITIES, type Priority } from '../model/limit.ts';
import { type Floods, floodsOf } from './flood.ts';
import type { FigureStep } from './key-figure-steps.ts';

const DAY_MS = 86_400_000;
/** ISA-18.2: an alarm that lives for longer than this is stale. */
const STALE_AFTER_MS = DAY_MS;
/** ISA-18.2: a condition that annunciates this often within a minute chatters. */
const CHATTERS_AT = 3;
const CHATTER_WINDOW_MS = 60_000;
const TOP_CONDITIONS = 10;

export interface PriorityFigures {
  readonly count: number;
  /** Of all of the kind; 0 where there are none. */
  readonly share: number;
  readonly acknowledged: number;
  /** From raising to the first acknowledgement; null where there was none. Milliseconds. */
  readonly ack_median_ms: number | null;
}

export interface KindFigures {
  readonly annunciations: number;
  readonly per_patient_day: number;
  readonly by_priority: Readonly<Record<Priority, PriorityFigures>>;
}

export interface ConditionFigures {
  readonly condition: string;
  readonly kind: Alarm['kind'];
  readonly annunciations: number;
  readonly share: number;
}

/** Clinical rule 10, for whoever the patients are: a ward, or one of them. */
export interface KeyFigures {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly patients: number;
  readonly physiological: KindFigures;
  readonly technical: KindFigures;
  /** Of all patients together: those who answer for one answer for all. */
  readonly floods: Floods;
  /** Conditions of single patients that annunciated three times or more within a minute. */
  readonly chattering: number;
  /** Alarms that lived for more than 24 h in the range or up to it. */
  readonly stale: number;
  readonly unattended: number;
  readonly escalated: number;
  /** Acknowledged alarms that alerted again because their condition lasted. */
  readonly reminded: number;
  /** Most frequent first. */
  readonly top_conditions: readonly ConditionFigures[];
}

export interface KeyFigureInput {
  readonly from: EpochMs;
  /** Exclusive; not in the future. */
  readonly to: EpochMs;
  readonly patients: number;
  /** In any order; those outside [from, to) count for nothing but the ends of alarms. */
  readonly steps: readonly FigureStep[];
  /** Alarms that lived at `from`, as far as known. */
  readonly standing: readonly Pick<Alarm, 'id' | 'raised_at' | 'cleared'>[];
}

/** The key figures of ISA-18.2 for [from, to). Two inputs that differ in the order of the steps give the same. */
export function keyFigures({ from, to, patients, steps, standing }: KeyFigureInput): KeyFigures {
  const counted = steps.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);
  const annunciated = counted.filter(({ step }) => step === 'annunciated');
  const times = (name: FigureStep['step']): number => counted.filter(({ step }) => step === name).length;
  const patientDays = (patients * (to - from)) / DAY_MS;
  return {
    from,
    to,
    patients,
    physiological: kindFigures(counted, 'physiological', patientDays),
    technical: kindFigures(counted, 'technical', patientDays),
    floods: floodsOf(
      annunciated.map(({ at }) => at),
      to,
    ),
    chattering: chatteringOf(annunciated),
    stale: staleOf(steps, standing, from, to),
    unattended: times('unattended'),
    escalated: times('escalated'),
    reminded: times('reminded'),
    top_conditions: topOf(annunciated),
  };
}

function kindFigures(steps: readonly FigureStep[], kind: Alarm['kind'], patientDays: number): KindFigures {
  const ofKind = steps.filter((step) => step.kind === kind);
  const annunciations = ofKind.filter(({ step }) => step === 'annunciated').length;
  const figures = (priority: Priority): PriorityFigures => {
    const mine = ofKind.filter((step) => step.priority === priority);
    const count = mine.filter(({ step }) => step === 'annunciated').length;
    const acks = mine.flatMap(({ ack_ms }) => (ack_ms === null ? [] : [ack_ms]));
    return {
      count,
      share: annunciations === 0 ? 0 : count / annunciations,
      acknowledged: acks.length,
      ack_median_ms: medianOf(acks),
    };
  };
  return {
    annunciations,
    per_patient_day: patientDays === 0 ? 0 : annunciations / patientDays,
    by_priority: Object.fromEntries(PRIORITIES.map((priority) => [priority, figures(priority)])) as Record<
      Priority,
      PriorityFigures
    >,
  };
}

/** The middle value, or the mean of the two in the middle; null of none. */
function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}

/** A rise in priority is no chatter: the condition came once (ISA-18.2: goes in and out of alarm again and again). */
function chatteringOf(annunciated: readonly FigureStep[]): number {
  const recent = new Map<string, EpochMs[]>();
  const chattering = new Set<string>();
  for (const { at, anew, patient, condition } of annunciated) {
    if (!anew) continue;
    const key = `${patient} ${condition}`;
    const last = [...(recent.get(key) ?? []), at].slice(-CHATTERS_AT);
    recent.set(key, last);
    if (last.length === CHATTERS_AT && at - (last[0] ?? at) < CHATTER_WINDOW_MS) chattering.add(key);
  }
  return chattering.size;
}

function staleOf(
  steps: readonly FigureStep[],
  standing: KeyFigureInput['standing'],
  from: EpochMs,
  to: EpochMs,
): number {
  const lives = new Map<AlarmId, { readonly raised: EpochMs; readonly over: EpochMs | null }>();
  for (const { id, raised_at, cleared } of standing) lives.set(id, { raised: raised_at, over: cleared });
  for (const { alarm, step, at, raised_at } of steps) {
    const over = step === 'over' ? at : (lives.get(alarm)?.over ?? null);
    lives.set(alarm, { raised: raised_at, over });
  }
  let stale = 0;
  for (const { raised, over } of lives.values()) {
    const end = Math.min(over ?? to, to);
    if (end >= from && end - raised > STALE_AFTER_MS) stale += 1;
  }
  return stale;
}

function topOf(annunciated: readonly FigureStep[]): readonly ConditionFigures[] {
  const counts = new Map<string, { readonly kind: Alarm['kind']; annunciations: number }>();
  for (const { condition, kind } of annunciated) {
    const known = counts.get(condition) ?? { kind, annunciations: 0 };
    known.annunciations += 1;
    counts.set(condition, known);
  }
  return [...counts]
    .map(([condition, { kind, annunciations }]) => ({
      condition,
      kind,
      annunciations,
      share: annunciations / annunciated.length,
    }))
    .sort((a, b) => b.annunciations - a.annunciations || (a.condition < b.condition ? -1 : 1))
    .slice(0, TOP_CONDITIONS);
}
