import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Observation } from '../../../model/observation.ts';
import { useConsole } from '../../console-parts.ts';
import type { PatientModel } from '../../feed/patient-model.ts';
import { Problem } from '../../server/problem.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { observationText } from './observation-words.ts';

interface ObservationsPanelProps {
  readonly model: PatientModel;
  readonly onEnter: () => void;
  /** Grows with everything that was entered here. */
  readonly entered: ReadonlySignal<number>;
}

/** What is a day old leaves the list: looked at so often. Milliseconds. */
const REFRESH_MS = 60_000;
/** The store has by then what the server's disk has, when all is well. Milliseconds. */
const STORE_BEHIND_MS = 1_000;
const LISTED = 50;

/** What was entered by hand within 24 h, with who and when; and the way to enter more. */
export function ObservationsPanel({ model, onEnter, entered }: ObservationsPanelProps) {
  const { session, feed, clock } = useConsole();
  const listed = useSignal<readonly Observation[] | null>(null);
  const problem = useSignal<Problem | null>(null);
  const asking = useRef<AbortController | null>(null);
  const live = useComputed(() => feed.state.value.kind === 'live');
  const minute = useComputed(() => Math.floor(clock.now.value / REFRESH_MS));
  const words = text.patient.observations;
  const load = async (): Promise<void> => {
    asking.current?.abort();
    const abort = new AbortController();
    asking.current = abort;
    try {
      const at = path('v1', 'patients', model.patient, 'observations');
      type Answer = { readonly observations: readonly Observation[] };
      const answer = await session.rest.get<Answer>(at, { limit: LISTED }, abort.signal);
      listed.value = answer.observations;
      problem.value = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      problem.value = error;
    }
  };
  useSignalEffect(() => {
    // The feed tells at once what anybody enters; the list is read from the store, which is behind.
    void [entered.value, minute.value, model.observed.value];
    if (!live.value) return;
    if (listed.peek() === null) void load();
    const later = setTimeout(() => void load(), STORE_BEHIND_MS);
    return () => clearTimeout(later);
  });
  useEffect(() => () => asking.current?.abort(), []);
  return (
    <section class="panel" aria-labelledby="observations-title">
      <h2 id="observations-title">{words.title}</h2>
      <p>
        <Button kind="primary" onClick={onEnter}>
          {words.enter}
        </Button>
        {entered.value > 0 && <span role="status"> {words.kept}</span>}
      </p>
      {problem.value !== null && (
        <p role="alert">
          {words.failed} {problemText(problem.value)}{' '}
          <Button onClick={() => void load()}>{text.problem.retry}</Button>
        </p>
      )}
      {listed.value?.length === 0 && <p class="quiet">{words.none}</p>}
      <ul class="observations">
        {listed.value?.map((observation) => (
          <li key={observation.id}>
            <time>{dayAndTime(observation.t, clock.now.peek())}</time> {observationText(observation)}{' '}
            <span class="quiet">
              {words.entered_by(observation.by, dayAndTime(observation.entered, clock.now.peek()))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
