import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useConsole } from '../../console-parts.ts';
import { Problem } from '../../server/problem.ts';
import { path } from '../../server/rest.ts';
import { type Stretch, stretchOf, type TrendWindow } from '../trends/trend-window.ts';
import { type News2History, refreshMs } from './news2-steps.ts';

/** What was answered last, and for which stretch; the newest question's end. */
export interface News2Asked {
  readonly kind: 'loading' | 'ready' | 'failed';
  readonly answer: { readonly history: News2History; readonly stretch: Stretch } | null;
  readonly problem: Problem | null;
}

/** The scores over what the trends show. A newer question ends the older; what was there stays until its answer comes. */
export function useNews2History(
  patient: string,
  window: ReadonlySignal<TrendWindow>,
): { readonly asked: ReadonlySignal<News2Asked>; readonly again: () => void } {
  const { session, feed, clock } = useConsole();
  const asked = useSignal<News2Asked>({ kind: 'loading', answer: null, problem: null });
  const times = useSignal(0);
  const live = useComputed(() => feed.state.value.kind === 'live');
  // What lies in the past is asked for once.
  const turn = useComputed(() => {
    const { end, spanMs } = window.value;
    return end === null ? Math.floor(clock.now.value / refreshMs(spanMs)) : 0;
  });
  useSignalEffect(() => {
    void [turn.value, times.value];
    if (!live.value) return;
    const { from, to } = stretchOf(window.value, clock.exact());
    const stretch = { from: Math.floor(from), to: Math.ceil(to) };
    const over = new AbortController();
    asked.value = { ...asked.peek(), kind: 'loading', problem: null };
    session.rest
      .get<News2History>(path('v1', 'patients', patient, 'news2', 'history'), { ...stretch }, over.signal)
      .then((history) => {
        if (!over.signal.aborted)
          asked.value = { kind: 'ready', answer: { history, stretch }, problem: null };
      })
      .catch((error: unknown) => {
        if (over.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        asked.value = { ...asked.peek(), kind: 'failed', problem: error };
      });
    return () => over.abort();
  });
  return {
    asked,
    again: () => {
      times.value += 1;
    },
  };
}
