import { useState } from 'preact/hooks';
import type { Alarm } from '../../model/alarm.ts';
import { useConsole } from '../console-parts.ts';
import { Button } from '../shell/button.tsx';
import { text } from '../text/text.ts';
import { PastAlarmRow } from './past-alarm-row.tsx';
import { pastAlarms } from './past-alarms.ts';
import { Refusal } from './refusal.tsx';
import { useCommand } from './use-command.ts';

const EVERYBODY = '';
/** A page with more rows than a person reads is slow for nothing: more comes when it is asked for. */
const ROWS = 100;

/** Alarms of the last 24 h, of a patient or of everybody watched: asked for when somebody wants to see them. */
export function AlarmHistory() {
  const { ward, session, clock } = useConsole();
  const { waits, problem, run } = useCommand();
  const [whom, setWhom] = useState(EVERYBODY);
  const [found, setFound] = useState<readonly Alarm[] | null>(null);
  const [rows, setRows] = useState(ROWS);
  const patients = [...ward.patients.value.values()];
  const ask = (): Promise<boolean> =>
    run(async () => {
      const of = whom === EVERYBODY ? patients.map(({ patient }) => patient) : [whom];
      setFound(await pastAlarms(session.rest, of, clock.exact()));
      setRows(ROWS);
    });
  return (
    <section aria-labelledby="history">
      <h2 id="history">{text.alarms.history}</h2>
      <div class="history-of">
        <label>
          {text.alarms.history_of}{' '}
          <select value={whom} onChange={(event) => setWhom(event.currentTarget.value)}>
            <option value={EVERYBODY}>{text.alarms.everybody}</option>
            {patients.map(({ patient, label, ward: where }) => (
              <option value={patient} key={patient}>
                {text.alarms.bed(label.value, where.value)}
              </option>
            ))}
          </select>
        </label>
        <Button onClick={() => void ask()} disabled={waits}>
          {waits ? text.alarms.waiting : text.alarms.show}
        </Button>
      </div>
      <Refusal problem={problem} />
      {found !== null && (
        <>
          <p role="status">{text.alarms.found(found.length)}</p>
          <ul class="alarm-list">
            {found.slice(0, rows).map((alarm) => (
              <PastAlarmRow alarm={alarm} key={alarm.id} />
            ))}
          </ul>
          {found.length > rows && (
            <Button onClick={() => setRows(rows + ROWS)}>{text.alarms.more(found.length - rows)}</Button>
          )}
        </>
      )}
    </section>
  );
}
