import { CodedError } from '../../../src/core/coded-error.ts';
import type { AlarmEventName, LimitAlarm } from '../../../src/model/alarm.ts';
import type { FeedFrame } from '../../../src/protocol/feed-frames.ts';
import { RawFeed } from '../../rig/raw-feed.ts';
import { type Rig, WARD } from '../../rig/rig.ts';

/** One step of an alarm as a clinician got it. */
export interface AlarmFrame {
  readonly cursor: string;
  readonly event: AlarmEventName;
  /** When it came, on the clock of the harness. */
  readonly at: number;
  readonly alarm: LimitAlarm;
}

const READER = 'never-there';
const READ_WITHIN_MS = 10_000;

/** Every step of the alarms of one patient that the alarm log has, by way of the feed. @throws CodedError `feed_closed` */
export async function alarmsIn(rig: Rig, patient: string): Promise<readonly AlarmFrame[]> {
  const [token = ''] = await rig.tokens(READER, 1);
  await rig.seen();
  const logged: AlarmFrame[] = [];
  const done = Promise.withResolvers<void>();
  const timer = setTimeout(
    () =>
      done.reject(new CodedError('feed_closed', `the alarm log was not told within ${READ_WITHIN_MS} ms`)),
    READ_WITHIN_MS,
  );
  using feed = await RawFeed.open({
    ...{ url: rig.server.clinicianUrl, token, ca: rig.ca },
    onMessage: (text) => {
      const frame = JSON.parse(text) as FeedFrame;
      if (frame.type === 'snapshot') done.resolve();
      if (frame.type !== 'alarm' || frame.alarm.patient !== patient || frame.alarm.kind !== 'physiological')
        return;
      const { cursor, event, alarm } = frame;
      logged.push({ cursor, event, at: performance.now(), alarm: alarm as LimitAlarm });
    },
    onClose: (code) => done.reject(new CodedError('feed_closed', `the fresh feed was closed with ${code}`)),
  });
  feed.send({ type: 'subscribe', ward: WARD, since: '0' });
  await done.promise.finally(() => clearTimeout(timer));
  return logged;
}

/**
 * What must not be: an alarm that is not there, or raised twice, or not over; a step that is there twice. One line each.
 * @param ids of the alarms that were raised and are over
 * @param place for the reader, e.g. `the alarm log`
 */
export function alarmsOf(
  ids: readonly string[],
  frames: readonly AlarmFrame[],
  place: string,
): readonly string[] {
  const faults: string[] = [];
  const cursors = new Set<string>();
  for (const { cursor, event } of frames) {
    if (cursors.has(cursor)) faults.push(`${place}: the step ${cursor} (${event}) is there twice`);
    cursors.add(cursor);
  }
  for (const id of ids) {
    const steps = frames.filter(({ alarm }) => alarm.id === id);
    const raised = steps.filter(({ event }) => event === 'raised').length;
    if (raised !== 1) faults.push(`${place}: alarm ${id} was raised ${raised} times`);
    else if (steps.at(-1)?.alarm.presence !== 'off') faults.push(`${place}: alarm ${id} is not over`);
  }
  const known = new Set(ids);
  for (const id of new Set(frames.map(({ alarm }) => alarm.id)))
    if (!known.has(id as LimitAlarm['id'])) faults.push(`${place}: alarm ${id} is of no breach of the probe`);
  return faults;
}
