import { worstFirst } from '../alarms/alarm-look.ts';
import { AlarmRow } from '../alarms/alarm-row.tsx';
import { useConsole } from '../console-parts.ts';
import type { PatientModel } from '../feed/patient-model.ts';
import { text } from '../text/text.ts';

/** The patient's live alarms, the worst first, with what may be done about each. */
export function PatientAlarms({ model }: { model: PatientModel }) {
  const { ward } = useConsole();
  const alarms = [...ward.alarms.value.values()]
    .filter(({ alarm }) => alarm.patient === model.patient)
    .toSorted((a, b) => worstFirst(a.alarm, b.alarm));
  return (
    <section class="panel patient-alarm-panel" aria-labelledby="patient-alarms-title">
      <h2 id="patient-alarms-title">{text.patient.alarms.title}</h2>
      {alarms.length === 0 && <p class="quiet">{text.patient.alarms.none}</p>}
      <ul class="patient-alarms">
        {alarms.map((shown) => (
          <AlarmRow shown={shown} place={false} key={shown.alarm.id} />
        ))}
      </ul>
    </section>
  );
}
