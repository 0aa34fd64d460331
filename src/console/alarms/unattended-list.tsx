import { useConsole } from '../console-parts.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { alarmClasses, alarmSymbol } from './alarm-look.ts';

/** For admins: alarms that no clinician's screen has confirmed to have. Who, where and how urgent; nothing that was measured. */
export function UnattendedList() {
  const { ward, clock } = useConsole();
  const waiting = ward.unattended.value.toSorted((a, b) => a.since - b.since);
  if (waiting.length === 0) return <p>{text.alarms.all_attended}</p>;
  return (
    <section aria-labelledby="unattended">
      <h2 id="unattended">{text.alarms.unattended_count(waiting.length)}</h2>
      <ul class="alarm-list">
        {waiting.map(({ alarm, patient, ward: where, priority, since }) => {
          const classes = alarmClasses({
            ...{ of: priority, symbol: alarmSymbol(priority), state: 'on', waits: true },
            ...{ flashes: priority !== 'low', escalated: null, unattended: true },
          });
          return (
            <li class={`alarm-row alarm-frame unattended ${classes}`} key={alarm} data-unattended={alarm}>
              <span class={`alarm-badge ${classes}`}>
                {alarmSymbol(priority)}&nbsp;{text.priorities[priority]}
              </span>
              <div class="alarm-words">
                <p class="alarm-what">
                  <strong>{where === null ? patient : text.alarms.bed(patient, where)}</strong>
                </p>
                <p class="alarm-pressing">
                  {text.alarms.unattended_since(
                    dayAndTime(since, clock.now.peek()),
                    span(clock.now.value - since),
                  )}
                </p>
                <p class="quiet">{alarm}</p>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
