import { useState } from 'preact/hooks';
import { CONSCIOUSNESS_LEVELS, OXYGEN_USES } from '../../../model/news2.ts';
import { MAX_OBSERVATION_AGE_MS } from '../../../model/observation.ts';
import type { Vital } from '../../../model/vital.ts';
import { useConsole } from '../../console-parts.ts';
import { Problem } from '../../server/problem.ts';
import { Button } from '../../shell/button.tsx';
import { Dialog } from '../../shell/dialog.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { vitalName, vitalUnit } from '../../text/quantities.ts';
import { text } from '../../text/text.ts';
import { ZONE } from '../../text/times.ts';
import { Field } from '../field.tsx';
import {
  checkedObservation,
  EMPTY_DRAFT,
  localMinute,
  OBSERVED_VITALS,
  type ObservationDraft,
  type ObservationFault,
} from './observation-draft.ts';
import { faultText } from './observation-words.ts';

interface ObservationFormProps {
  readonly patient: string;
  readonly onClose: () => void;
  /** It is on the server's disk. */
  readonly onEntered: () => void;
}

/** What a person observed or measured. What was typed stays until the server has it. */
export function ObservationForm({ patient, onClose, onEntered }: ObservationFormProps) {
  const { feed, clock } = useConsole();
  const [draft, setDraft] = useState<ObservationDraft>(EMPTY_DRAFT);
  const [faults, setFaults] = useState<readonly ObservationFault[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sending, setSending] = useState(false);
  const words = text.patient.observations;
  const now = clock.now.peek();
  const faultOf = (field: ObservationFault['field']): string | undefined => {
    const fault = faults.find((one) => one.field === field);
    return fault && faultText(fault);
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const checked = checkedObservation(draft, clock.exact());
    setFaults(checked.kind === 'faults' ? checked.faults : []);
    if (checked.kind === 'faults') return;
    setSending(true);
    setProblem(null);
    try {
      await feed.ask((id) => ({ type: 'observe', id, patient, ...checked.entry }));
      onEntered();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setSending(false);
    }
  };
  const vitalField = (vital: Vital) => (
    <Field label={`${vitalName(vital)} (${vitalUnit(vital)})`} fault={faultOf(vital)} key={vital}>
      {(ids) => (
        <input
          {...ids}
          inputMode="decimal"
          autoComplete="off"
          value={draft.values[vital] ?? ''}
          onInput={({ currentTarget }) =>
            setDraft({ ...draft, values: { ...draft.values, [vital]: currentTarget.value } })
          }
        />
      )}
    </Field>
  );
  return (
    <Dialog title={words.enter} onClose={onClose}>
      <form class="fields" noValidate onSubmit={(event) => void send(event)}>
        <p class="quiet small">{words.leave_out}</p>
        <div class="field-grid">
          {OBSERVED_VITALS.chart.map(vitalField)}
          <Field label={words.oxygen}>
            {(ids) => (
              <select
                {...ids}
                value={draft.oxygen}
                onChange={({ currentTarget }) => setDraft({ ...draft, oxygen: currentTarget.value })}
              >
                <option value="">{words.not_observed}</option>
                {OXYGEN_USES.map((use) => (
                  <option value={use} key={use}>
                    {text.patient.oxygen[use]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={words.consciousness}>
            {(ids) => (
              <select
                {...ids}
                value={draft.consciousness}
                onChange={({ currentTarget }) => setDraft({ ...draft, consciousness: currentTarget.value })}
              >
                <option value="">{words.not_observed}</option>
                {CONSCIOUSNESS_LEVELS.map((level) => (
                  <option value={level} key={level}>
                    {text.patient.consciousness[level]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={words.when(ZONE)} fault={faultOf('when')}>
            {(ids) => (
              <input
                {...ids}
                type="datetime-local"
                value={draft.when}
                min={localMinute(now - MAX_OBSERVATION_AGE_MS)}
                max={localMinute(now)}
                onInput={({ currentTarget }) => setDraft({ ...draft, when: currentTarget.value })}
              />
            )}
          </Field>
        </div>
        <details>
          <summary>{words.further}</summary>
          <div class="field-grid">{OBSERVED_VITALS.further.map(vitalField)}</div>
        </details>
        {faultOf('all') !== undefined && <p role="alert">{faultOf('all')}</p>}
        {problem !== null && <p role="alert">{problemText(problem)}</p>}
        <div class="dialog-actions">
          <Button onClick={onClose}>{text.patient.cancel}</Button>
          <Button kind="primary" submit disabled={sending}>
            {sending ? words.sending : words.send}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
