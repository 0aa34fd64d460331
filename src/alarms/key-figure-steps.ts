import type { EpochMs } from '../core/clock.ts';
import { type Alarm, type AlarmEvent, conditionKey } from '../model/alarm.ts';
import type { AlarmId, PatientId } from '../model/ids.ts';
import type { Priority } from '../model/limit.ts';

/**
 * What of an alarm's life key figures count. `annunciated`: it begins to wait for a person; `reminded`: it alerts again
 * because nothing was done; `over`: it lives no longer.
 */
export type FigureStepName =
  | 'annunciated'
  | 'reminded'
  | 'acknowledged'
  | 'escalated'
  | 'unattended'
  | 'over';

/** An alarm event cut down to what key figures need, so that a day of a ward can be kept in memory. */
export interface FigureStep {
  readonly step: FigureStepName;
  /** Server time; of `over`, the time of the event. */
  readonly at: EpochMs;
  readonly alarm: AlarmId;
  readonly patient: PatientId;
  readonly kind: Alarm['kind'];
  /** What the alarm is about, e.g. `spo2:low`, `signal_lost:spo2`: the same text for every patient. */
  readonly condition: string;
  readonly priority: Priority;
  readonly raised_at: EpochMs;
  /** `annunciated`: the condition came anew, and not only worse than it was. */
  readonly anew: boolean;
  /** `acknowledged` for the first time: how long after it was raised. Milliseconds. */
  readonly ack_ms: number | null;
}

/** What the alarm is about, as text that is the same for every patient and device. */
export function figureCondition(alarm: Alarm): string {
  if (alarm.kind === 'physiological') return conditionKey(alarm);
  return alarm.vital === null ? alarm.condition : `${alarm.condition}:${alarm.vital}`;
}

/**
 * The steps that an event counts as; none: key figures take no notice of it.
 *
 * An annunciation (ISA-18.2: the alarm is brought to a person's notice) is an alarm that was raised, came back after it had
 * latched, rose in priority (in a plant, HI and HI-HI are two alarms), or came off the shelf unseen. What happens on the
 * shelf annunciates nothing, and neither does a retrospective finding, which never sounds. Alerting again after an
 * acknowledgement is no annunciation: ISA-18.2 counts re-alarming apart, as it speaks of the response and not of the load.
 */
export function figureSteps({ event, at, alarm }: AlarmEvent): readonly FigureStep[] {
  const { patient } = alarm;
  if (patient === null || event === 'retrospective') return [];
  const step = (name: FigureStepName, time: EpochMs, more: Partial<FigureStep> = {}): FigureStep => ({
    step: name,
    at: time,
    alarm: alarm.id,
    patient,
    kind: alarm.kind,
    condition: figureCondition(alarm),
    priority: alarm.priority,
    raised_at: alarm.raised_at,
    anew: false,
    ack_ms: null,
    ...more,
  });
  switch (event) {
    case 'raised':
    case 'priority_raised':
      return alarm.shelved_until === null
        ? [step('annunciated', alarm.alerted_at, { anew: event === 'raised' })]
        : [];
    case 'recurred':
      // What latched has waited on since it alerted. Its return is told in sample time: as far after the onset by either clock.
      return alarm.shelved_until === null
        ? [step('annunciated', alarm.raised_at + (at - alarm.onset), { anew: true })]
        : [];
    case 'unshelved':
      return alarm.presence === 'ack' ? [] : [step('annunciated', alarm.alerted_at)];
    case 'realerted':
      return [step('reminded', at)];
    case 'escalated':
    case 'unattended':
      return [step(event, at)];
    case 'acknowledged': {
      const first = alarm.first_acknowledged_at === alarm.acknowledged_at;
      const ackMs = first && alarm.acknowledged_at !== null ? alarm.acknowledged_at - alarm.raised_at : null;
      const seen = step('acknowledged', at, { ack_ms: ackMs });
      return alarm.presence === 'off' ? [seen, step('over', at)] : [seen];
    }
    case 'cleared':
      return [step('over', at)];
    default:
      return [];
  }
}
