import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useConsole } from '../console-parts.ts';
import { callsOf } from '../sound/sound-schedule.ts';
import { text } from '../text/text.ts';
import { alarmPlace } from './alarm-place.ts';
import { alarmSentence } from './alarm-text.ts';
import { announce, NOTHING_SAID } from './announcement.ts';
import { keepFlashesInStep } from './flashes-in-step.ts';

/** Stands over every view: says new alarms to whoever hears the page, and keeps what flashes in step. */
export function AlarmAnnouncer() {
  const { ward, clock } = useConsole();
  const announced = useRef(NOTHING_SAID);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const words = useSignal('');
  const again = useSignal(0);
  useEffect(() => keepFlashesInStep(document), []);
  useEffect(() => () => clearTimeout(timer.current ?? undefined), []);
  useSignalEffect(() => {
    again.value;
    const alarms = ward.alarms.value;
    const next = announce(announced.current, callsOf(alarms.values()), performance.now());
    announced.current = next.announced;
    clearTimeout(timer.current ?? undefined);
    if (next.againAt !== null)
      timer.current = setTimeout(() => {
        again.value += 1;
      }, next.againAt - performance.now());
    // What was said goes: the same words said again are then heard again.
    if (next.againAt === null && next.say.length === 0) words.value = '';
    const worst = next.say[0] === undefined ? undefined : alarms.get(next.say[0].id);
    if (worst === undefined) return;
    const place = alarmPlace(worst.alarm, worst.ward, ward.patients.peek());
    const sentence = alarmSentence(worst.alarm, place, clock.now.peek());
    words.value = text.alarms.and_others(sentence, next.say.length - 1);
  });
  return (
    <div class="hidden" aria-live="assertive" data-announcer="">
      {words.value}
    </div>
  );
}
