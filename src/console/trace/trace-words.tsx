import { useConsole } from '../console-parts.ts';
import { problemText } from '../shell/problem-text.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { timeOfDay } from '../text/times.ts';
import type { TraceState } from './trace-source.ts';

/** What there is to say of a trace that does not run. */
export function TraceWords({ state }: { state: TraceState }) {
  switch (state.kind) {
    case 'running':
      return null;
    case 'stopped':
      return <Stopped since={state.since} />;
    case 'refused':
      return <span class="trace-words">{problemText(state.problem)}</span>;
    default:
      return <span class="trace-words">{text.trace[state.kind]}</span>;
  }
}

function Stopped({ since }: { since: number }) {
  const { clock } = useConsole();
  return (
    <strong class="trace-words">{text.trace.stopped(timeOfDay(since), span(clock.now.value - since))}</strong>
  );
}
