import { text } from '../../text/text.ts';

export type PartState = 'ok' | 'degraded' | 'failed';

export interface StateMarkProps {
  readonly state: PartState;
  /** In place of the state's own. */
  readonly word?: string | undefined;
}

/** How something is: a symbol and a word, and a colour beside. */
export function StateMark({ state, word }: StateMarkProps) {
  return (
    <strong class={`state-mark ${state}`}>
      <span aria-hidden="true">{text.admin.state_marks[state]} </span>
      {word ?? text.admin.states[state]}
    </strong>
  );
}
