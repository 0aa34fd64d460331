import Type, { type Static } from 'typebox';
import { Time } from './feed-fields.ts';

/** Why nothing new is recorded: names of the conditions of the journal that last. */
export const SERVICE_REASONS = ['stalled', 'disk_full', 'unread_full', 'failed'] as const;
export type ServiceReason = (typeof SERVICE_REASONS)[number];

export const ServiceFrame = Type.Object(
  {
    type: Type.Literal('service'),
    time: Time,
    recording: Type.Enum(['ok', 'delayed', 'stopped'], {
      description:
        'Whether what comes in is written down. `delayed`: the disk has not answered for seconds, or is slower than the load. `stopped`: nothing is, and devices keep it; vitals and alarms are shown all the same.',
    }),
    reason: Type.Union([Type.Enum([...SERVICE_REASONS]), Type.Null()], {
      description:
        '`stalled`: the disk does not answer, or not fast enough. `disk_full`. `unread_full`: the store is too far behind. `failed`: the disk failed, the server is about to restart. Null: `recording` is `ok`.',
    }),
    since: Type.Integer({
      minimum: 0,
      description: 'Since when `recording` and `reason` are so; at the earliest the start of the server.',
    }),
    alarm_log: Type.Enum(['ok', 'failed'], {
      description: '`failed`: alarms are shown, and are not on disk until it can be written again.',
    }),
  },
  {
    description:
      'How the server itself does: of no patient, and not an alarm. Sent to every feed when it changes, and at the start of a connection unless all is well: a connection begins with all well.',
  },
);
export type ServiceFrame = Static<typeof ServiceFrame>;

/** What a reason means for recording. */
export function recordingOf(reason: ServiceReason | null): ServiceFrame['recording'] {
  if (reason === null) return 'ok';
  return reason === 'stalled' ? 'delayed' : 'stopped';
}
