import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import type { Alarm } from '../../model/alarm.ts';
import { useConsole } from '../console-parts.ts';
import type { LiveAlarm } from '../feed/ward-model.ts';
import { Button } from '../shell/button.tsx';
import { text } from '../text/text.ts';
import { AlarmActions } from './alarm-actions.tsx';
import { AlarmDetail } from './alarm-detail.tsx';
import { alarmClasses, alarmLook } from './alarm-look.ts';
import { alarmPlace } from './alarm-place.ts';
import {
  alarmDetail,
  alarmDevice,
  alarmSince,
  alarmStanding,
  alarmTitle,
  priorityWord,
} from './alarm-text.ts';

export interface AlarmRowProps {
  readonly shown: LiveAlarm;
  /** Whether the row says where the alarm is; false where the page is of one patient. */
  readonly place?: boolean;
  /** It is over, and its row goes in a moment. */
  readonly gone?: boolean;
  readonly tabIndex?: number;
}

/** A live alarm in a list (`ul`), with what may be done about it. */
export function AlarmRow({ shown, place = true, gone = false, tabIndex }: AlarmRowProps) {
  const { clock } = useConsole();
  const [asked, setAsked] = useState(false);
  const { alarm, calling } = shown;
  const look = alarmLook(alarm);
  const classes = alarmClasses(look);
  return (
    <li
      class={`alarm-row alarm-frame ${classes} ${look.unattended ? 'unattended' : ''}`}
      data-alarm={alarm.id}
      data-state={look.state}
      tabIndex={tabIndex}
    >
      <span class={`alarm-badge ${classes}`}>
        {look.symbol}&nbsp;{priorityWord(alarm)}
      </span>
      <div class="alarm-words">
        <p class="alarm-what">
          <strong>{alarmTitle(alarm)}</strong> <span>{alarmDetail(alarm, clock.now.peek())}</span>
        </p>
        <p class="alarm-where">
          {place && <Place shown={shown} />} <span>{alarmSince(alarm, clock.now.peek())}</span>{' '}
          <span class="quiet">{alarmDevice(alarm)}</span>
        </p>
        {gone ? <p>{text.alarms.events.cleared}</p> : <Standing alarm={alarm} />}
        {calling && <p class="alarm-calling">{text.alarms.calling(shown.ward)}</p>}
      </div>
      <AlarmActions shown={shown} />
      <span data-action="details">
        <Button onClick={() => setAsked(true)} label={text.alarms.details_of(alarmTitle(alarm))}>
          {text.alarms.details}
        </Button>
      </span>
      {asked && <AlarmDetail alarm={alarm} ward={shown.ward} onClose={() => setAsked(false)} />}
    </li>
  );
}

function Place({ shown: { alarm, ward: where } }: { shown: LiveAlarm }) {
  const { ward } = useConsole();
  const patients = ward.patients.value;
  const place = alarmPlace(alarm, where, patients);
  if (alarm.patient === null || !patients.has(alarm.patient)) return <strong>{place}</strong>;
  return <Link href={`/patients/${encodeURIComponent(alarm.patient)}`}>{place}</Link>;
}

/** What people did about it, and for how long they did not: redraws itself alone, once a second. */
function Standing({ alarm }: { alarm: Alarm }) {
  const { clock } = useConsole();
  const words = alarmStanding(alarm, clock.now.value);
  const { unattended, escalated } = alarmLook(alarm);
  return <p class={unattended || escalated !== null ? 'alarm-pressing' : ''}>{words.join('; ')}</p>;
}
