import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { DeviceAnswer } from '../admin-answers.ts';

/** Whether it is there, and since when. @param now epoch ms */
export function presenceWords({ presence, presence_since, status }: DeviceAnswer, now: number): string {
  const words = text.admin.devices;
  const mark = text.ward.presence_marks[presence];
  const word = status === 'active' ? text.patient.head.presence[presence] : words.turned_away;
  if (presence_since === null) return `${mark} ${word}`;
  return `${mark} ${word}, ${text.admin.for(span(now - presence_since))}`;
}

/** When its last certificate ends. @param now epoch ms */
export function certificateWords(expires: number | null, now: number): string {
  const words = text.admin.devices;
  if (expires === null) return words.no_certificate;
  const at = dayAndTime(expires, now);
  return expires <= now ? words.ended(at, span(now - expires)) : words.ends(at, span(expires - now));
}
