import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { alarmPlace } from './alarm-place.ts';
import { alarmTitle, happeningText } from './alarm-text.ts';
import { PastAlarmRow } from './past-alarm-row.tsx';
import { retrospectives } from './past-alarms.ts';

/** The newest of what the page keeps: what is older is asked of the history. */
const SHOWN = 50;

/** What happened to alarms while this page was open, and breaches that were found in what came late. */
export function HappeningList() {
  const { ward, clock } = useConsole();
  const happenings = ward.happenings.value;
  const late = retrospectives(happenings);
  const patients = ward.patients.value;
  const now = clock.now.peek();
  return (
    <>
      {late.length > 0 && (
        <section aria-labelledby="late">
          <h2 id="late">{text.alarms.found_late(late.length)}</h2>
          <ul class="alarm-list">
            {late.map((alarm) => (
              <PastAlarmRow alarm={alarm} key={alarm.id} />
            ))}
          </ul>
        </section>
      )}
      {happenings.length > 0 && (
        <section aria-labelledby="happened">
          <h2 id="happened">{text.alarms.happened}</h2>
          <ol class="alarm-steps">
            {happenings.slice(0, SHOWN).map(({ cursor, event, at, alarm }) => (
              <li key={cursor}>
                <time dateTime={new Date(at).toISOString()}>{dayAndTime(at, now)}</time>{' '}
                <strong>{happeningText(event, alarm)}</strong>: {alarmPlace(alarm, null, patients)},{' '}
                {alarmTitle(alarm)}
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}
