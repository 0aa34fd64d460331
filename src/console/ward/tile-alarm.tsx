import type { Alarm } from '../../model/alarm.ts';
import { alarmClasses, alarmLook } from '../alarms/alarm-look.ts';
import { alarmDetail, alarmTitle } from '../alarms/alarm-text.ts';
import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';

/** The worst alarm in words, what people did about it, and how many there are besides. @param alarms worst first */
export function TileAlarm({ alarms }: { alarms: readonly Alarm[] }) {
  const { clock } = useConsole();
  const [worst] = alarms;
  if (worst === undefined) return null;
  const look = alarmLook(worst);
  const { state, escalated, unattended } = look;
  return (
    <div class="tile-alarm">
      <span class={`alarm-badge ${alarmClasses(look)}`}>{look.symbol}</span>
      <span class="tile-alarm-words">
        <strong>{alarmTitle(worst)}</strong>{' '}
        {worst.kind === 'physiological' && alarmDetail(worst, clock.now.peek())}
      </span>
      {unattended && <span class="tile-mark">{text.ward.unattended}</span>}
      {escalated !== null && !unattended && <span class="tile-mark">{text.ward.escalated}</span>}
      {state !== 'on' && state !== 'retrospective' && state !== 'over' && (
        <span class="tile-mark">{text.ward.states[state]}</span>
      )}
      {alarms.length > 1 && <span class="tile-mark">{text.ward.more(alarms.length - 1)}</span>}
    </div>
  );
}
