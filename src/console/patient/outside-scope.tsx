import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { GRANT_REASON_LENGTH } from '../../model/people.ts';
import { useConsole } from '../console-parts.ts';
import { Problem } from '../server/problem.ts';
import { path } from '../server/rest.ts';
import { Button } from '../shell/button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { problemText } from '../shell/problem-text.ts';
import { text } from '../text/text.ts';
import { BREAK_GLASS_MINUTES, type BreakGlassFaults, breakGlassFaults } from './break-glass.ts';
import { Field } from './field.tsx';

/** Shown of a patient whom the reader does not watch: that it is so, and the way in for an emergency. */
export function OutsideScope({ patient }: { patient: string }) {
  const { person } = useConsole();
  const [asking, setAsking] = useState(false);
  const words = text.patient.outside;
  return (
    <section class="page outside-scope">
      <h1>{words.title(patient)}</h1>
      {person.role === 'admin' ? (
        <p>{words.admin}</p>
      ) : (
        <>
          <p>{words.why}</p>
          <p>
            <Button kind="danger" onClick={() => setAsking(true)}>
              {words.break_glass}
            </Button>
          </p>
        </>
      )}
      <p>
        <Link href="/">{text.shell.to_ward}</Link>
      </p>
      {asking && <BreakGlass patient={patient} onClose={() => setAsking(false)} />}
    </section>
  );
}

/** Asks why and for how long. Once it is given, the feed shows the patient. */
function BreakGlass({ patient, onClose }: { patient: string; onClose: () => void }) {
  const { session } = useConsole();
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState(String(BREAK_GLASS_MINUTES.usual));
  const [faults, setFaults] = useState<BreakGlassFaults>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const words = text.patient.outside;
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const found = breakGlassFaults(reason, minutes);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    setSending(true);
    setProblem(null);
    try {
      const body = { reason: reason.trim(), minutes: Number(minutes) };
      await session.rest.send('POST', path('v1', 'patients', patient, 'break-glass'), body);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setSending(false);
    }
  };
  const { least, most } = GRANT_REASON_LENGTH;
  return (
    <Dialog title={words.break_glass} onClose={onClose}>
      <form class="fields" noValidate onSubmit={(event) => void send(event)}>
        <p>{words.told}</p>
        <Field label={words.reason} fault={faults.reason && words.reason_length(least, most)}>
          {(ids) => (
            <textarea
              {...ids}
              rows={3}
              maxLength={most}
              value={reason}
              required
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label={words.minutes}
          fault={faults.minutes && words.minutes_range(BREAK_GLASS_MINUTES.least, BREAK_GLASS_MINUTES.most)}
        >
          {(ids) => (
            <input
              {...ids}
              inputMode="numeric"
              value={minutes}
              required
              onInput={({ currentTarget }) => setMinutes(currentTarget.value)}
            />
          )}
        </Field>
        {problem !== null && <p role="alert">{problemText(problem)}</p>}
        <div class="dialog-actions">
          <Button onClick={onClose}>{text.patient.cancel}</Button>
          <Button kind="danger" submit disabled={sending}>
            {words.break_glass}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
