import { text } from '../../text/text.ts';

export type PartState = 'ok' | 'degraded' | 'failed';

/** How something is: a symbol and a word, and a colour beside. */
export function StateMark({ state }: { state: PartState }) {
  return (
    <strong class={`state-mark ${state}`}>
      <span aria-hidden="true">{text.admin.state_marks[state]} </span>
      {text.admin.states[state]}
    </strong>
  );
}
