import { useState } from 'preact/hooks';
import type { Alarm } from '../../model/alarm.ts';
import { useConsole } from '../console-parts.ts';
import { Button } from '../shell/button.tsx';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { AlarmDetail } from './alarm-detail.tsx';
import { alarmClasses, alarmLook } from './alarm-look.ts';
import { alarmPlace } from './alarm-place.ts';
import { alarmDetail, alarmStanding, alarmTitle, priorityWord } from './alarm-text.ts';

/** An alarm of a list of what was: nothing can be done about it here. */
export function PastAlarmRow({ alarm, place = true }: { alarm: Alarm; place?: boolean }) {
  const { ward, clock } = useConsole();
  const [asked, setAsked] = useState(false);
  const look = alarmLook(alarm);
  const now = clock.now.peek();
  return (
    <li class="alarm-row past" data-past={alarm.id} data-state={look.state}>
      <span class={`alarm-badge ${alarmClasses({ ...look, waits: false, flashes: false })}`}>
        {look.symbol}&nbsp;{priorityWord(alarm)}
      </span>
      <div class="alarm-words">
        <p class="alarm-what">
          <strong>{alarmTitle(alarm)}</strong> {alarmDetail(alarm, now)}
        </p>
        <p class="alarm-where">
          {place && alarmPlace(alarm, null, ward.patients.value)}{' '}
          <time dateTime={new Date(alarm.onset).toISOString()}>
            {text.alarms.from_to(
              dayAndTime(alarm.onset, now),
              alarm.ended === null ? null : dayAndTime(alarm.ended, now),
            )}
          </time>
        </p>
        <p class="quiet">{alarmStanding(alarm, now).join('; ')}</p>
      </div>
      <Button onClick={() => setAsked(true)} label={text.alarms.details_of(alarmTitle(alarm))}>
        {text.alarms.details}
      </Button>
      {asked && <AlarmDetail alarm={alarm} ward={null} onClose={() => setAsked(false)} />}
    </li>
  );
}
