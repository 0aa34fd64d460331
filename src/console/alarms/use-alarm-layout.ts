import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveAlarm } from '../feed/ward-model.ts';
import { type AlarmLayout, alarmLayout, type HeldLayout, held, idsOf, settled } from './alarm-layout.ts';

/** Rows as they stand, and what is shown of each. */
export interface ShownLayout {
  readonly layout: AlarmLayout;
  /** As it is now, or, where it is over and its row is held, as it was. */
  readonly alarm: (id: string) => { readonly shown: LiveAlarm; readonly gone: boolean } | undefined;
  /** To be called when a pointer or the focus comes to a row. */
  readonly hold: () => void;
}

/**
 * Keeps rows where they are under a finger (see `settled`).
 * @param busy whether somebody is writing in a dialog of a row, which would go with it
 */
export function useAlarmLayout(alarms: ReadonlyMap<string, LiveAlarm>, busy: () => boolean): ShownLayout {
  const state = useRef<HeldLayout>({ layout: alarmLayout([]), heldUntil: 0 });
  const last = useRef(new Map<string, LiveAlarm>());
  const [, look] = useState(0);
  const wanted = alarmLayout(alarms.values());
  if (busy()) state.current = held(state.current, performance.now());
  state.current = settled(state.current, wanted, performance.now());
  const { layout, heldUntil } = state.current;
  const shown = new Set(idsOf(layout));
  for (const id of last.current.keys()) if (!shown.has(id)) last.current.delete(id);
  for (const id of shown) {
    const live = alarms.get(id);
    if (live !== undefined) last.current.set(id, live);
  }

  const waits = !sameLayout(layout, wanted);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => look((n) => n + 1), Math.max(0, heldUntil - performance.now()));
    return () => clearTimeout(timer);
  });
  return {
    layout,
    alarm: (id) => {
      const live = last.current.get(id);
      return live === undefined ? undefined : { shown: live, gone: !alarms.has(id) };
    },
    hold: () => {
      state.current = held(state.current, performance.now());
    },
  };
}

function sameLayout(a: AlarmLayout, b: AlarmLayout): boolean {
  const [ids, others] = [idsOf(a), idsOf(b)];
  return (
    ids.length === others.length &&
    ids.every((id, index) => id === others[index]) &&
    a.acknowledged.length === b.acknowledged.length &&
    a.waiting.length === b.waiting.length &&
    a.technical.length === b.technical.length
  );
}
