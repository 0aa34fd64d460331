import { Link } from 'wouter-preact';
import { alarmClasses, alarmLook, worstFirst } from '../alarms/alarm-look.ts';
import { alarmTitle, priorityWord } from '../alarms/alarm-text.ts';
import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';

/** Alarms without a tile here: those that call everybody on duty, and those of devices that nobody is said to wear. */
export function Elsewhere() {
  const { ward } = useConsole();
  const patients = ward.patients.value;
  const calling = [...ward.alarms.value.values()]
    .filter(({ alarm }) => alarm.patient === null || !patients.has(alarm.patient))
    .toSorted((a, b) => worstFirst(a.alarm, b.alarm));
  const [worst] = calling;
  if (worst === undefined) return null;
  const { alarm, ward: where } = worst;
  const look = alarmLook(alarm);
  return (
    <Link href="/alarms" class={`elsewhere alarm-frame ${alarmClasses(look)}`}>
      <span class={`alarm-badge ${alarmClasses(look)}`}>{look.symbol}</span>{' '}
      {text.ward.elsewhere(
        priorityWord(alarm),
        alarm.patient ?? alarm.device ?? '',
        where === null ? '' : text.ward.ward(where),
        alarmTitle(alarm),
      )}
      {calling.length > 1 && ` ${text.ward.more_alarms(calling.length - 1)}`}
    </Link>
  );
}
