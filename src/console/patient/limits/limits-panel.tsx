import { useEffect, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Problem } from '../../server/problem.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { AddLimit } from './add-limit.tsx';
import type { AnsweredLimit } from './limit-answers.ts';
import { limitKind } from './limit-draft.ts';
import { LimitEditor } from './limit-editor.tsx';
import { targetName, tierText, worstTierFirst } from './limit-words.ts';

/** A target that nothing is chosen for. */
const NOT_CHOSEN = { from: 'built_in', tiers: [], changed_by: null, changed_at: null, reason: null } as const;

interface LimitsPanelProps {
  readonly patient: string;
  /** What is in force is another now. */
  readonly onChanged?: () => void;
}

/** The limits in force for a patient: what they are, who chose them, when and why; a charge nurse changes them. */
export function LimitsPanel({ patient, onChanged }: LimitsPanelProps) {
  const { session, person } = useConsole();
  const [limits, setLimits] = useState<readonly AnsweredLimit[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [editing, setEditing] = useState<AnsweredLimit | null>(null);
  const [asked, setAsked] = useState(0);
  const words = text.limits;
  useEffect(() => {
    const gone = new AbortController();
    session.rest
      .get<{ limits: readonly AnsweredLimit[] }>(path('v1', 'patients', patient, 'limits'), {}, gone.signal)
      .then(
        (answer) => {
          setLimits(answer.limits);
          setProblem(null);
        },
        (error: unknown) => {
          if (!gone.signal.aborted && error instanceof Problem) setProblem(error);
        },
      );
    return () => gone.abort();
  }, [session, patient, asked]);
  const again = (): void => setAsked((times) => times + 1);

  return (
    <section class="panel limits" aria-labelledby="limits-title">
      <h2 id="limits-title">{words.title}</h2>
      {problem !== null && (
        <p role="alert">
          {problemText(problem)} <Button onClick={again}>{text.problem.retry}</Button>
        </p>
      )}
      {limits === null && problem === null && <p role="status">{text.shell.loading}</p>}
      <ul>
        {limits?.map((limit) => (
          <li key={limit.target}>
            <Limit limit={limit} />
            {person.role === 'charge' && limitKind(limit.target) !== null && (
              <Button onClick={() => setEditing(limit)} label={words.change_of(targetName(limit.target))}>
                {words.change}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {person.role === 'charge' && limits !== null && (
        <AddLimit
          known={limits.map(({ target }) => target)}
          onAdd={(target) => setEditing({ ...NOT_CHOSEN, target })}
        />
      )}
      {editing !== null && (
        <LimitEditor
          patient={patient}
          limit={editing}
          onClose={() => setEditing(null)}
          onChanged={() => {
            setEditing(null);
            again();
            onChanged?.();
          }}
        />
      )}
    </section>
  );
}

function Limit({ limit }: { limit: AnsweredLimit }) {
  const { clock } = useConsole();
  const { target, from, tiers, changed_by, changed_at, reason } = limit;
  const words = text.limits;
  return (
    <div>
      <strong>{targetName(target)}</strong>{' '}
      {tiers.length === 0 ? (
        <span class="limit-off">{words.off}</span>
      ) : (
        worstTierFirst(tiers).map((tier) => (
          <span class={`limit-tier ${tier.priority}`} key={tier.priority}>
            {text.priorities[tier.priority]}: {tierText(target, tier)}
          </span>
        ))
      )}
      <span class="quiet small">
        {words.from[from]}
        {changed_by !== null && changed_at !== null && (
          <>
            {': '}
            {words.by(changed_by, dayAndTime(changed_at, clock.now.peek()))}
            {reason === null ? '' : ` “${reason}”`}
          </>
        )}
      </span>
    </div>
  );
}
