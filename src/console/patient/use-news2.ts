import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useConsole } from '../console-parts.ts';
import type { News2State, PatientModel } from '../feed/patient-model.ts';
import { Problem } from '../server/problem.ts';
import { path } from '../server/rest.ts';

/** The feed tells of another score, not of other inputs: those are asked for so often. Milliseconds. */
const REFRESH_MS = 10_000;

/** The score with its inputs as they are now. While the server does not answer, they are those told last, and grow old. */
export function useNews2(model: PatientModel): ReadonlySignal<News2State> {
  const { session, feed, clock } = useConsole();
  const newest = useSignal<News2State>(model.news2.peek());
  const live = useComputed(() => feed.state.value.kind === 'live');
  const turn = useComputed(() => Math.floor(clock.now.value / REFRESH_MS));
  useSignalEffect(() => {
    newest.value = model.news2.value;
  });
  useSignalEffect(() => {
    void [turn.value, model.news2.value];
    if (!live.value) return;
    const over = new AbortController();
    session.rest
      .get<News2State>(path('v1', 'patients', model.patient, 'news2'), {}, over.signal)
      .then((answer) => {
        if (!over.signal.aborted) newest.value = answer;
      })
      .catch((error: unknown) => {
        // Ages tell that nothing newer came; the next turn asks again.
        if (!over.signal.aborted && !(error instanceof Problem)) throw error;
      });
    return () => over.abort();
  });
  return newest;
}
