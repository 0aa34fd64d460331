import { useState } from 'preact/hooks';
import type { Alarm } from '../../model/alarm.ts';
import { alarmClasses, alarmLook, worstFirst } from '../alarms/alarm-look.ts';
import { alarmDetail, alarmSince, alarmStanding, alarmTitle, priorityWord } from '../alarms/alarm-text.ts';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { Problem } from '../server/problem.ts';
import { Button } from '../shell/button.tsx';
import { problemText } from '../shell/problem-text.ts';
import { text } from '../text/text.ts';

/** The patient's live alarms, the worst first. */
export function PatientAlarms({ model }: { model: PatientModel }) {
  const { ward } = useConsole();
  const alarms = [...ward.alarms.value.values()]
    .map(({ alarm }) => alarm)
    .filter(({ patient }) => patient === model.patient)
    .toSorted(worstFirst);
  return (
    <section class="panel patient-alarm-panel" aria-labelledby="patient-alarms-title">
      <h2 id="patient-alarms-title">{text.patient.alarms.title}</h2>
      {alarms.length === 0 && <p class="quiet">{text.patient.alarms.none}</p>}
      <ul class="patient-alarms">
        {alarms.map((alarm) => (
          <LiveAlarmRow alarm={alarm} key={alarm.id} />
        ))}
      </ul>
    </section>
  );
}

function LiveAlarmRow({ alarm }: { alarm: Alarm }) {
  const { feed, clock } = useConsole();
  const [problem, setProblem] = useState<Problem | null>(null);
  const look = alarmLook(alarm);
  const now = clock.now.value;
  const acknowledge = (): void => {
    const { id: alarmId, alerted_at } = alarm;
    feed
      .ask((id) => ({ type: 'acknowledge', id, alarm: alarmId, alerted_at }))
      .catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        setProblem(error);
      });
  };
  return (
    <li class={`alarm-frame ${alarmClasses(look)}`}>
      <span class={`alarm-badge ${alarmClasses(look)}`}>{look.symbol}</span>{' '}
      <strong>{alarmTitle(alarm)}</strong> {alarmDetail(alarm, now)}{' '}
      <span class="quiet">
        {priorityWord(alarm)}, {alarmSince(alarm, now)}
      </span>
      <p class="small">{alarmStanding(alarm, now).join(' · ')}</p>
      {look.waits && <Button onClick={acknowledge}>{text.patient.alarms.acknowledge}</Button>}
      {problem !== null && <p role="alert">{problemText(problem)}</p>}
    </li>
  );
}
