import type { Alarm } from '../../model/alarm.ts';
import { type AlarmClass, alarmLook, alarmState } from '../alarms/alarm-look.ts';
import type { News2State } from '../feed/patient-model.ts';

/** A patient as far as it matters who comes first. */
export interface Urgency {
  readonly patient: string;
  /** 0 is the most urgent; see `urgencyRank`. */
  readonly rank: number;
  /** Null: no score. */
  readonly news2: number | null;
  /** Bed. */
  readonly label: string;
}

const CLASSES: readonly AlarmClass[] = ['high', 'medium', 'low', 'technical'];
/** The rank of whoever has no alarm. */
export const CALM = 2 * CLASSES.length;

/** Of the worst live alarm: its class, and of two of a class, the one that waits for somebody. */
export function urgencyRank(alarms: readonly Alarm[]): number {
  const ranks = alarms
    .filter((alarm) => alarmState(alarm) !== 'retrospective' && alarmState(alarm) !== 'over')
    .map((alarm) => {
      const { of, waits } = alarmLook(alarm);
      return 2 * CLASSES.indexOf(of) + (waits ? 0 : 1);
    });
  return Math.min(CALM, ...ranks);
}

/** Whether a rank is of an alarm that waits for somebody. */
export function waitsAt(rank: number): boolean {
  return rank < CALM && rank % 2 === 0;
}

/** The number of a score; null: there is none. */
export function scoreOf(news2: News2State): number | null {
  return news2.kind === 'score' ? (news2.score ?? null) : null;
}

const beds = new Intl.Collator(undefined, { numeric: true });

/** Order of tiles: the worst alarm, the higher NEWS2, the bed; total. Bed 10 comes after bed 9. */
export function mostUrgentFirst(a: Urgency, b: Urgency): number {
  return (
    a.rank - b.rank ||
    (b.news2 ?? -1) - (a.news2 ?? -1) ||
    beds.compare(a.label, b.label) ||
    (a.patient < b.patient ? -1 : Number(a.patient > b.patient))
  );
}
