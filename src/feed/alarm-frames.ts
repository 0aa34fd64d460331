import type { Alarm, LoggedAlarmEvent } from '../model/alarm.ts';
import type { Patient } from '../model/people.ts';
import type { UnattendedAlarm } from '../protocol/feed-frames.ts';
import { PreparedText } from '../protocol/prepared-text.ts';
import { attendance } from './audience.ts';

/** One alarm event with its frames: made when first asked for, and the same for every session that is sent them. */
export class AlarmFrames {
  readonly event: LoggedAlarmEvent;
  /** Whose alarm it is; null: of a device that nobody wears, or of somebody the registry does not know any more. */
  readonly patient: Patient | null;
  readonly #alarm: { addressed?: PreparedText; shown?: PreparedText } = {};
  #unattended: PreparedText | null = null;

  constructor(event: LoggedAlarmEvent, patient: Patient | null) {
    this.event = event;
    this.patient = patient;
  }

  /** The alarm, for somebody who is to respond (`addressed`) or who is to see it. */
  alarm(addressed: boolean): PreparedText {
    const which = addressed ? 'addressed' : 'shown';
    const ward = this.patient?.ward ?? null;
    this.#alarm[which] ??= prepared({ type: 'alarm', addressed, ward, ...this.event });
    return this.#alarm[which];
  }

  /** For admins: that nobody has the alarm, or that somebody has; no vital and no value. */
  unattended(): PreparedText {
    const { cursor, at, alarm } = this.event;
    const over = attendance(this.event) === 'attended';
    this.#unattended ??= prepared({
      ...{ type: 'unattended', cursor, at },
      ...{ alarm: alarm.id, patient: alarm.patient, ward: this.patient?.ward ?? null },
      ...{ priority: alarm.priority, since: alarm.alerted_at, over },
    });
    return this.#unattended;
  }
}

function prepared(frame: object): PreparedText {
  return new PreparedText(JSON.stringify(frame));
}

/** What admins are told of an alarm that nobody has. */
export function unattendedAlarm(
  { id, patient, priority, alerted_at }: Alarm,
  known: Patient | undefined,
): UnattendedAlarm[] {
  if (patient === null) return [];
  return [{ alarm: id, patient, ward: known?.ward ?? null, priority, since: alerted_at }];
}
