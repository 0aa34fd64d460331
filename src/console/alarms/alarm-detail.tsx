import { useEffect, useState } from 'preact/hooks';
import type { Alarm } from '../../model/alarm.ts';
import type { Delivery } from '../../model/delivery.ts';
import { useConsole } from '../console-parts.ts';
import { Problem } from '../server/problem.ts';
import { path } from '../server/rest.ts';
import { Dialog } from '../shell/dialog.tsx';
import { text } from '../text/text.ts';
import { dayAndTime, ZONE } from '../text/times.ts';
import { alarmPlace } from './alarm-place.ts';
import { alarmSteps } from './alarm-steps.ts';
import { alarmDetail, alarmDevice, alarmTitle, priorityWord } from './alarm-text.ts';
import { Refusal } from './refusal.tsx';

export interface AlarmDetailProps {
  readonly alarm: Alarm;
  readonly ward: string | null;
  readonly onClose: () => void;
}

/** One alarm, who did what about it, and whom it reached. */
export function AlarmDetail({ alarm, ward: where, onClose }: AlarmDetailProps) {
  const { ward, clock } = useConsole();
  const now = clock.now.peek();
  return (
    <Dialog title={`${priorityWord(alarm)}: ${alarmTitle(alarm)}`} onClose={onClose}>
      <p>
        {[alarmPlace(alarm, where, ward.patients.value), alarmDetail(alarm, now)].filter(Boolean).join(', ')}{' '}
        <span class="quiet">{alarmDevice(alarm)}</span>
      </p>
      <h3>{text.alarms.who_did_what}</h3>
      <ol class="alarm-steps">
        {alarmSteps(alarm, ward.happenings.value).map(({ at, what }) => (
          <li key={`${at} ${what}`}>
            <time dateTime={new Date(at).toISOString()}>{dayAndTime(at, now)}</time> {what}
          </li>
        ))}
      </ol>
      <h3>{text.alarms.whom_it_reached}</h3>
      <Deliveries id={alarm.id} />
      <p class="quiet">{text.time.zone(ZONE)}</p>
    </Dialog>
  );
}

function Deliveries({ id }: { id: string }) {
  const { session, clock } = useConsole();
  const [deliveries, setDeliveries] = useState<readonly Delivery[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    session.rest
      .get<{ deliveries: readonly Delivery[] }>(path('v1', 'alarms', id, 'deliveries'), {}, gone.signal)
      .then(
        (answer) => setDeliveries(answer.deliveries),
        (error: unknown) => {
          if (gone.signal.aborted) return;
          if (!(error instanceof Problem)) throw error;
          setProblem(error);
        },
      );
    return () => gone.abort();
  }, [session, id]);
  if (problem !== null) return <Refusal problem={problem} />;
  if (deliveries === null) return <p role="status">{text.shell.loading}</p>;
  if (deliveries.length === 0) return <p>{text.alarms.reached_nobody}</p>;
  const now = clock.now.peek();
  const shown = (at: number | null): string => (at === null ? text.alarms.never : dayAndTime(at, now));
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            {[
              text.alarms.delivery.who,
              text.alarms.delivery.sent,
              text.alarms.delivery.received,
              text.alarms.delivery.acknowledged,
            ].map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {deliveries.map(({ clinician, alerted_at, sent_at, received_at, acknowledged_at }) => (
            <tr key={`${clinician} ${alerted_at}`}>
              <th scope="row">{clinician}</th>
              <td>{shown(sent_at)}</td>
              <td>{shown(received_at)}</td>
              <td>{shown(acknowledged_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
