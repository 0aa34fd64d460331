import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';

/** Tells that the server does not record, or not all. */
export function ServiceBanner() {
  const { ward, clock } = useConsole();
  const service = ward.service.value;
  if (service === null) return null;
  const { recording, reason, since, alarm_log } = service;
  return (
    <div class={`banner service ${recording}`} role="alert">
      {recording !== 'ok' && <strong>{text.service[recording]} </strong>}
      {reason !== null && <span>{text.service.reasons[reason]} </span>}
      {alarm_log === 'failed' && <strong>{text.service.alarm_log} </strong>}
      <span>{text.service.since(dayAndTime(since, clock.now.peek()))}</span>
    </div>
  );
}
