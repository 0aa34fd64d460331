import type { ServiceFrame } from '../../src/protocol/service-frame.ts';

const REASONS: Readonly<Record<NonNullable<ServiceFrame['reason']>, string>> = {
  stalled: 'the disk does not answer',
  disk_full: 'the disk is full',
  unread_full: 'the store is too far behind',
  failed: 'the disk failed, the server restarts',
};

/** What of the server's own state people must know; null: all is well. */
export function serviceText({ recording, reason, since, alarm_log }: ServiceFrame): string | null {
  const parts: string[] = [];
  if (reason !== null) {
    const time = new Date(since).toISOString().slice(11, 19);
    parts.push(`RECORDING ${recording.toUpperCase()} since ${time} UTC: ${REASONS[reason]}`);
  }
  if (alarm_log === 'failed') parts.push('ALARM LOG FAILED: alarms are not written down');
  return parts.length === 0 ? null : `${parts.join('; ')}; what is shown is live`;
}
