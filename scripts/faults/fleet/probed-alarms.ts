import { CodedError } from '../../../src/core/coded-error.ts';
import type { AlarmEventName, LimitAlarm } from '../../../src/model/alarm.ts';
import type { FeedFrame } from '../../../src/protocol/feed-frames.ts';
import { RawFeed } from '../../rig/raw-feed.ts';
import { type Rig, WARD } from '../../rig/rig.ts';

/** One step of an alarm as a clinician got it. */
export interface AlarmFrame {
  readonly cursor: string;
  readonly event: AlarmEventName;
  /** Sample time of what the condition does. */
  readonly t: number;
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
      const { cursor, event, at, alarm } = frame;
      logged.push({ cursor, event, t: at, at: performance.now(), alarm: alarm as LimitAlarm });
    },
    onClose: (code) => done.reject(new CodedError('feed_closed', `the fresh feed was closed with ${code}`)),
  });
  feed.send({ type: 'subscribe', ward: WARD, since: '0' });
  await done.promise.finally(() => clearTimeout(timer));
  return logged;
}

/**
 * What must not be: a breach that raised no alarm, or two; an alarm that is not over, or is of no breach; a step that is
 * there twice. One line each.
 * @param breaches sample times of the breaches, all of which are over
 * @param place for the reader, e.g. `the alarm log`
 * @param restarted the server was started anew in between, and what it had not recorded came again. An acknowledgement that
 *   never reached the disk is forgotten: the next breach is a recurrence of the alarm then, which had latched. What another
 *   process had evaluated is listed once more, as found in late samples, and does not sound.
 */
export function alarmsOf(
  breaches: readonly number[],
  frames: readonly AlarmFrame[],
  place: string,
  restarted: boolean,
): readonly string[] {
  const faults: string[] = [];
  const cursors = new Set<string>();
  for (const { cursor, event } of frames) {
    if (cursors.has(cursor)) faults.push(`${place}: the step ${cursor} (${event}) is there twice`);
    cursors.add(cursor);
  }
  const begins = (event: AlarmEventName): boolean =>
    event === 'raised' || (restarted && event === 'recurred');
  for (const t of breaches) {
    const times = frames.filter((frame) => begins(frame.event) && frame.t === t).length;
    if (times !== 1) faults.push(`${place}: the breach at ${t} raised an alarm ${times} times`);
  }
  const last = new Map(frames.map((frame) => [frame.alarm.id, frame]));
  for (const [id, { alarm }] of last) {
    if (!breaches.includes(alarm.onset)) faults.push(`${place}: alarm ${id} is of no breach of the probe`);
    else if (alarm.retrospective && !restarted) faults.push(`${place}: alarm ${id} was found only late`);
    else if (alarm.presence !== 'off') faults.push(`${place}: alarm ${id} is not over`);
  }
  return faults;
}
