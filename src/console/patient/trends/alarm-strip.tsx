import { useState } from 'preact/hooks';
import type { Alarm } from '../../../model/alarm.ts';
import { alarmClass, alarmSymbol } from '../../alarms/alarm-look.ts';
import { alarmDetail, alarmTitle, priorityWord } from '../../alarms/alarm-text.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { Scrolls } from '../scrolls.tsx';
import { type AlarmMark, alarmMarks } from './alarm-marks.ts';
import { ALARMS_MOST } from './trend-history.ts';
import type { Trends } from './trends.ts';

/** Where alarms began, over the charts' own time axis; a press lists what they were. */
export function AlarmStrip({ trends }: { trends: Trends }) {
  const [open, setOpen] = useState<string | null>(null);
  const marks = alarmMarks(trends.alarms.value, trends.stretch.value);
  const words = text.patient.trends;
  const shown = marks.find((mark) => keyOf(mark) === open);
  return (
    <div class="alarm-strip">
      {marks.length > 0 && (
        <ol aria-label={words.alarms}>
          {marks.map((mark) => (
            <li class="alarm-mark-place" style={{ left: `${100 * mark.at}%` }} key={keyOf(mark)}>
              <button
                type="button"
                class={`alarm-mark alarm-${mark.of}`}
                aria-expanded={mark === shown}
                title={titleOf(mark)}
                aria-label={titleOf(mark)}
                onClick={() => setOpen(mark === shown ? null : keyOf(mark))}
              >
                {alarmSymbol(mark.of)}
                {mark.alarms.length > 1 && <sub>{mark.alarms.length}</sub>}
              </button>
            </li>
          ))}
        </ol>
      )}
      {marks.length === 0 && <p class="quiet small">{words.no_alarms}</p>}
      {(trends.history.history.value?.alarms.length ?? 0) >= ALARMS_MOST && (
        <p class="small">{words.newest_alarms(ALARMS_MOST)}</p>
      )}
      {shown !== undefined && <AlarmTable alarms={shown.alarms} />}
    </div>
  );
}

/** Its oldest alarm: a mark moves while time goes on, and stays that mark. */
function keyOf({ alarms }: AlarmMark): string {
  return alarms.reduce((a, b) => (b.onset < a.onset ? b : a), alarms[0] as Alarm).id;
}

function titleOf({ alarms }: AlarmMark): string {
  const now = Date.now();
  const [worst] = alarms;
  if (worst === undefined) return '';
  const what = [alarmTitle(worst), alarmDetail(worst, now), dayAndTime(worst.onset, now)]
    .filter(Boolean)
    .join(', ');
  const words = `${priorityWord(worst)}: ${what}`;
  return alarms.length === 1 ? words : text.patient.trends.several(alarms.length, words);
}

function AlarmTable({ alarms }: { alarms: readonly Alarm[] }) {
  const words = text.patient.trends.alarm_list;
  const now = Date.now();
  return (
    <Scrolls label={text.patient.trends.alarms}>
      <table class="alarm-table">
        <thead>
          <tr>
            <th scope="col">{words.began}</th>
            <th scope="col">{words.priority}</th>
            <th scope="col">{words.what}</th>
            <th scope="col">{words.lasted}</th>
            <th scope="col">{words.seen}</th>
          </tr>
        </thead>
        <tbody>
          {alarms.map((alarm) => (
            <tr key={alarm.id}>
              <td>{dayAndTime(alarm.onset, now)}</td>
              <td>
                <span class={`alarm-badge alarm-${alarmClass(alarm)}`}>{alarmSymbol(alarmClass(alarm))}</span>{' '}
                {priorityWord(alarm)}
              </td>
              <td>
                {alarmTitle(alarm)} <span class="quiet">{alarmDetail(alarm, now)}</span>
              </td>
              <td>{alarm.ended === null ? words.lasts : span(alarm.ended - alarm.onset)}</td>
              <td>{alarm.acknowledged_by ?? words.nobody}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
