import type { Alarm, Circle } from '../../model/alarm.ts';
import { rank } from '../../model/limit.ts';

/** How an alarm is coloured, marked and sounded: physiological ones by their priority, technical ones apart (clinical rule 9). */
export type AlarmClass = 'high' | 'medium' | 'low' | 'technical';

/**
 * Where an alarm stands. `on` and `latched` wait for a person, `latched` after its condition is gone; `retrospective` was found in late
 * samples and never waited; `over` is history.
 */
export type AlarmState = 'on' | 'latched' | 'acknowledged' | 'shelved' | 'retrospective' | 'over';

/** What an alarm looks like, wherever it is shown. */
export interface AlarmLook {
  readonly of: AlarmClass;
  /** Beside the colour, for whom colours tell nothing (IEC 60601-1-8, 6.3.2.2). */
  readonly symbol: '!!!' | '!!' | '!';
  readonly state: AlarmState;
  /** Nobody has seen it, and it is not on the shelf. */
  readonly waits: boolean;
  /** High and medium ones that wait. */
  readonly flashes: boolean;
  /** To whom it was escalated; null: not, or somebody has seen it. */
  readonly escalated: Circle | null;
  /** No clinician's client has confirmed to have it. */
  readonly unattended: boolean;
}

const SYMBOLS = { high: '!!!', medium: '!!', low: '!', technical: '!' } as const;

/** The colour and sound of an alarm; technical ones are of low priority, and never look like ones about the person. */
export function alarmClass({ kind, priority }: Pick<Alarm, 'kind' | 'priority'>): AlarmClass {
  return kind === 'technical' ? 'technical' : priority;
}

/** The symbol of IEC 60601-1-8 for a class. */
export function alarmSymbol(of: AlarmClass): AlarmLook['symbol'] {
  return SYMBOLS[of];
}

/** Whether it is kept from calling: a high one never is (clinical rule 8). */
export function isShelved({ kind, priority, shelved_until }: Alarm): boolean {
  return shelved_until !== null && !(kind === 'physiological' && priority === 'high');
}

/** Where it stands. */
export function alarmState(alarm: Alarm): AlarmState {
  if (alarm.kind === 'physiological' && alarm.retrospective) return 'retrospective';
  if (alarm.presence === 'off' || alarm.cleared !== null) return 'over';
  if (isShelved(alarm)) return 'shelved';
  return alarm.presence === 'ack' ? 'acknowledged' : alarm.presence;
}

/** What an alarm looks like. */
export function alarmLook(alarm: Alarm): AlarmLook {
  const of = alarmClass(alarm);
  const state = alarmState(alarm);
  const waits = state === 'on' || state === 'latched';
  return {
    of,
    symbol: SYMBOLS[of],
    state,
    waits,
    flashes: waits && (of === 'high' || of === 'medium'),
    escalated: waits && alarm.escalated_at !== null ? alarm.circle : null,
    unattended: waits && alarm.unattended,
  };
}

/** The classes of theme/alarms.css for a frame, a badge or whatever else is coloured by an alarm. */
export function alarmClasses({ of, waits, flashes }: AlarmLook): string {
  return [`alarm-${of}`, waits ? 'alarm-waits' : 'alarm-seen', ...(flashes ? ['alarm-flashes'] : [])].join(
    ' ',
  );
}

const STATE_ORDER: readonly AlarmState[] = ['acknowledged', 'shelved', 'retrospective', 'over'];

/** What waits for somebody comes before all that does not. */
function stateRank(alarm: Alarm): number {
  return STATE_ORDER.indexOf(alarmState(alarm));
}

/**
 * Order of alarms: those that wait before those that do not, the higher priority, the person before the sensor, then what alerted
 * last. Total: no two live alarms are alike in it.
 */
export function worstFirst(a: Alarm, b: Alarm): number {
  return (
    stateRank(a) - stateRank(b) ||
    rank(b.priority) - rank(a.priority) ||
    Number(a.kind === 'technical') - Number(b.kind === 'technical') ||
    b.alerted_at - a.alerted_at ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  );
}
