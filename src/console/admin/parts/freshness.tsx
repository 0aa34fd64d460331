import { useConsole } from '../../console-parts.ts';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { span } from '../../text/spans.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import type { Reading } from './use-reading.ts';

/** How old what is shown is, and that it could not be read anew where that is so. */
export function Freshness({ reading }: { reading: Reading<unknown> }) {
  const { answer, problem, readAt, again } = reading;
  return (
    <div class="freshness">
      {problem !== null && (
        <p class="admin-stale" role="alert">
          <span aria-hidden="true">▲ </span>
          <strong>{answer === null ? text.admin.unread : text.admin.stale}</strong>{' '}
          {problem.code === 'unreachable' ? text.admin.no_answer : problemText(problem)}
        </p>
      )}
      <p>
        {answer === null ? (
          problem === null && <span role="status">{text.shell.loading}</span>
        ) : (
          <Age at={readAt} />
        )}{' '}
        <Button onClick={again}>{text.admin.refresh}</Button>
      </p>
    </div>
  );
}

/** Redraws itself alone, once a second. */
function Age({ at }: { at: number }) {
  const { clock } = useConsole();
  const now = clock.now.value;
  return <span class="quiet">{text.admin.as_of(dayAndTime(at, now), span(now - at))}</span>;
}
