import type { EpochMs } from '../../src/core/clock.ts';
import { isVital, VITALS, type Vital } from '../../src/model/vital.ts';
import type { FeedFrame } from '../../src/protocol/feed-frames.ts';
import { counted } from '../counted.ts';
import { alarmState, alarmSubject, priorityLabel, priorityWord } from './alarm-text.ts';
import { news2Text } from './news2-text.ts';
import { serviceText } from './service-text.ts';

function time(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** A frame of the feed as one line of text; null for those that say nothing to a reader. */
export function eventLine(frame: FeedFrame): string | null {
  switch (frame.type) {
    case 'alarm': {
      const { alarm, ward, event, at } = frame;
      // Whoever it calls may not know where the patient is.
      const where = alarm.circle === 'on_duty' && ward !== null ? ` on ${ward}` : '';
      const whom = alarm.patient === null ? `device ${alarm.device}` : `${alarm.patient}${where}`;
      return `${time(at)} ALARM ${priorityLabel(alarm)} ${event} ${whom} ${alarmSubject(alarm)}${alarmState(alarm)}`;
    }
    case 'vitals': {
      const values = Object.entries(frame.values).flatMap(([name, newest]) =>
        isVital(name) && newest
          ? [
              `${VITALS[name].label} ${newest.value.toFixed(VITALS[name].decimals)}${newest.quality ? ` (${newest.quality.replaceAll('_', ' ')})` : ''}`,
            ]
          : [],
      );
      return `${time(frame.time)} vitals ${frame.patient} ${values.join(', ')}`;
    }
    case 'presence':
      return `${time(frame.at)} device ${frame.device} ${frame.presence}${frame.patient === null ? '' : ` (${frame.patient})`}`;
    case 'access': {
      const { clinician, patient, reason, from, until, ended } = frame;
      return ended
        ? `${time(until)} BREAK-GLASS ended: ${clinician} does not see ${patient} any more`
        : `${time(from)} BREAK-GLASS ${clinician} sees ${patient} until ${time(until)}: ${reason}`;
    }
    case 'shelf': {
      const { patient, vital, direction, by, reason, from, until, ended } = frame;
      const what = `${VITALS[vital].label} ${direction} of ${patient}`;
      return ended
        ? `${time(until)} SHELF ended: alarms of ${what} sound again`
        : `${time(from)} SHELVED by ${by}: ${what} until ${time(until)}: ${reason}`;
    }
    case 'unattended': {
      const { alarm, patient, ward, priority, since, at, over } = frame;
      const what = `${priorityWord(priority)} ${patient}${ward === null ? '' : ` (${ward})`} ${alarm}`;
      return over
        ? `${time(at)} ATTENDED ${what}`
        : `${time(at)} UNATTENDED ${what}: no clinician has it since ${time(since)}`;
    }
    case 'observation': {
      const { patient, by, t, values, oxygen, consciousness } = frame;
      const measured = (Object.entries(values) as [Vital, number][]).map(
        ([name, value]) => `${VITALS[name].label} ${value.toFixed(VITALS[name].decimals)}`,
      );
      const seen = [...measured, ...[oxygen, consciousness].filter((word) => word !== null)];
      return `${time(t)} OBSERVED by ${by}: ${patient} ${seen.join(', ')}`;
    }
    case 'news2':
      return `${time(frame.at)} NEWS2 ${frame.patient} ${news2Text(frame.news2)}`;
    case 'service':
      return `${time(frame.time)} SERVICE ${serviceText(frame) ?? 'recording again'}`;
    case 'snapshot': {
      const alarms = frame.patients.reduce(
        (sum, patient) => sum + patient.alarms.length,
        frame.unassigned.length,
      );
      const called = frame.escalated.length;
      const elsewhere =
        called === 0 ? '' : `, ${counted(called, 'alarm')} elsewhere calling everybody on duty`;
      return `${time(frame.time)} snapshot: ${counted(frame.patients.length, 'patient')}, ${counted(alarms, 'live alarm')}${elsewhere}`;
    }
    case 'gap':
      return `gap: alarm events before ${frame.oldest} are no longer kept; the snapshot that follows tells where all stands`;
    case 'waveform':
    case 'heartbeat':
    case 'result':
      return null;
  }
}
