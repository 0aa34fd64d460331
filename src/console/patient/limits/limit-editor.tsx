import { useState } from 'preact/hooks';
import { PRIORITIES, type Priority } from '../../../model/limit.ts';
import { LIMIT_REASON_LENGTH } from '../../../model/limit-override.ts';
import { useConsole } from '../../console-parts.ts';
import { Problem } from '../../server/problem.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { Dialog } from '../../shell/dialog.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { vitalUnit } from '../../text/quantities.ts';
import { text } from '../../text/text.ts';
import { Field } from '../field.tsx';
import { BacktestResult } from './backtest-result.tsx';
import type { AnsweredBacktest, AnsweredLimit, AnsweredTier } from './limit-answers.ts';
import {
  checkedLimit,
  draftOf,
  type LimitDraft,
  type LimitFault,
  type LimitField,
  limitKind,
} from './limit-draft.ts';
import { targetName } from './limit-words.ts';

interface LimitEditorProps {
  readonly patient: string;
  readonly limit: AnsweredLimit;
  readonly onClose: () => void;
  /** It is on the server's disk, and obeyed. */
  readonly onChanged: () => void;
}

/** What is under way, so that nothing is done twice. */
type Doing = 'nothing' | 'trying' | 'saving';

/** Changes one target of one patient; what it would have done to the last day can be seen before. */
export function LimitEditor({ patient, limit, onClose, onChanged }: LimitEditorProps) {
  const { session } = useConsole();
  const { target } = limit;
  const kind = limitKind(target) ?? 'value';
  const [draft, setDraft] = useState(() => draftOf(limit.tiers));
  const [reason, setReason] = useState('');
  const [faults, setFaults] = useState<readonly LimitFault[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [doing, setDoing] = useState<Doing>('nothing');
  const [tried, setTried] = useState<AnsweredBacktest | null>(null);
  const words = text.limits;
  const place = path('v1', 'limits', 'patient', patient, target);
  const reasonFault =
    reason !== '' && (reason.length < LIMIT_REASON_LENGTH.least || reason.length > LIMIT_REASON_LENGTH.most)
      ? words.reason_length(LIMIT_REASON_LENGTH.least, LIMIT_REASON_LENGTH.most)
      : undefined;

  const change = (next: LimitDraft): void => {
    setDraft(next);
    // What was tried is not what stands there any more.
    setTried(null);
  };
  const run = async (what: Doing, work: () => Promise<void>): Promise<void> => {
    setDoing(what);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setDoing('nothing');
    }
  };
  const withTiers = (work: (tiers: readonly AnsweredTier[]) => void): void => {
    const checked = checkedLimit(kind, draft);
    setFaults(checked.kind === 'faults' ? checked.faults : []);
    if (checked.kind === 'tiers') work(checked.tiers);
  };
  const attempt = (): void =>
    withTiers((tiers) => {
      void run('trying', async () => {
        const body = { limits: [{ target, tiers }] };
        setTried(
          await session.rest.send<AnsweredBacktest>(
            'POST',
            path('v1', 'patients', patient, 'limits', 'backtest'),
            body,
          ),
        );
      });
    });
  const save = (event: Event): void => {
    event.preventDefault();
    withTiers((tiers) => {
      void run('saving', async () => {
        await session.rest.send('PUT', place, { tiers, reason });
        onChanged();
      });
    });
  };
  const unset = (): void =>
    void run('saving', async () => {
      await session.rest.send('DELETE', place, { reason });
      onChanged();
    });
  const mayChange = doing === 'nothing' && reason !== '' && reasonFault === undefined;

  return (
    <Dialog title={words.change_of(targetName(target))} onClose={onClose}>
      <form class="fields" noValidate onSubmit={save}>
        <TierFields target={target} draft={draft} faults={faults} onChange={change} />
        <div class="field-grid">
          <NumberField
            {...{ field: 'margin', label: words.margin(unitOf(target)), value: draft.margin, faults }}
            onInput={(margin) => change({ ...draft, margin })}
          />
          <NumberField
            {...{ field: 'clearDelay', label: words.clear_delay, value: draft.clearDelay, faults }}
            onInput={(clearDelay) => change({ ...draft, clearDelay })}
          />
          {kind === 'change' && (
            <NumberField
              {...{ field: 'window', label: words.window, value: draft.window, faults }}
              onInput={(window) => change({ ...draft, window })}
            />
          )}
        </div>
        <div class="dialog-actions">
          <Button onClick={attempt} disabled={doing !== 'nothing'}>
            {doing === 'trying' ? words.trying : words.attempt}
          </Button>
        </div>
        {tried !== null && <BacktestResult answer={tried} />}
        <Field label={words.reason} fault={reasonFault}>
          {(ids) => (
            <input {...ids} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
          )}
        </Field>
        {problem !== null && <p role="alert">{problemText(problem)}</p>}
        <div class="dialog-actions">
          <Button onClick={onClose}>{text.patient.cancel}</Button>
          {limit.from === 'patient' && (
            <Button kind="danger" onClick={unset} disabled={!mayChange}>
              {words.unset}
            </Button>
          )}
          <Button kind="primary" submit disabled={!mayChange}>
            {doing === 'saving' ? words.saving : words.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface TierFieldsProps {
  readonly target: string;
  readonly draft: LimitDraft;
  readonly faults: readonly LimitFault[];
  readonly onChange: (draft: LimitDraft) => void;
}

function TierFields({ target, draft, faults, onChange }: TierFieldsProps) {
  const words = text.limits;
  const sense = target.split(':')[1] ?? '';
  const bounds: Readonly<Record<string, string>> = words.bounds;
  const set = (priority: Priority, part: Partial<LimitDraft['tiers'][Priority]>): void =>
    onChange({ ...draft, tiers: { ...draft.tiers, [priority]: { ...draft.tiers[priority], ...part } } });
  return (
    <>
      {PRIORITIES.toReversed().map((priority) => {
        const { on, bound, delay } = draft.tiers[priority];
        return (
          <fieldset class="limit-fields" key={priority}>
            <legend>
              <label>
                <input
                  type="checkbox"
                  checked={on}
                  onChange={({ currentTarget }) => set(priority, { on: currentTarget.checked })}
                />{' '}
                {text.priorities[priority]}
              </label>
            </legend>
            {on && (
              <div class="field-grid">
                <NumberField
                  {...{ field: `${priority}.bound`, value: bound, faults }}
                  label={`${bounds[sense] ?? ''} (${unitOf(target)})`}
                  onInput={(typed) => set(priority, { bound: typed })}
                />
                <NumberField
                  {...{ field: `${priority}.delay`, label: words.onset_delay, value: delay, faults }}
                  onInput={(typed) => set(priority, { delay: typed })}
                />
              </div>
            )}
          </fieldset>
        );
      })}
    </>
  );
}

interface NumberFieldProps {
  readonly field: LimitField;
  readonly label: string;
  readonly value: string;
  readonly faults: readonly LimitFault[];
  readonly onInput: (typed: string) => void;
}

function NumberField({ field, label, value, faults, onInput }: NumberFieldProps) {
  const fault = faults.find((one) => one.field === field);
  return (
    <Field label={label} fault={fault && text.limits.fault(fault.entered, fault.least, fault.most)}>
      {(ids) => (
        <input
          {...ids}
          inputMode="decimal"
          autoComplete="off"
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}

function unitOf(target: string): string {
  return vitalUnit(target.split(':')[0] ?? '');
}
