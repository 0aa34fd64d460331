import { useState } from 'preact/hooks';
import { Field } from '../../patient/field.tsx';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import { ZONE } from '../../text/times.ts';
import { type AuditFilter, auditFaults, EVERYTHING } from './audit-query.ts';

interface AuditFilterFormProps {
  readonly onFilter: (filter: AuditFilter) => void;
}

/** Asks which entries are looked for. */
export function AuditFilterForm({ onFilter }: AuditFilterFormProps) {
  const [draft, setDraft] = useState(EVERYTHING);
  const [faults, setFaults] = useState<ReturnType<typeof auditFaults>>({});
  const words = text.admin.audit;
  const send = (event: Event): void => {
    event.preventDefault();
    const found = auditFaults(draft);
    setFaults(found);
    if (Object.keys(found).length === 0) onFilter(draft);
  };
  const clear = (): void => {
    setDraft(EVERYTHING);
    setFaults({});
    onFilter(EVERYTHING);
  };
  return (
    <form class="audit-filter" noValidate onSubmit={send}>
      {(['from', 'to'] as const).map((field) => (
        <Field label={words.filter[field](ZONE)} fault={faults[field]} key={field}>
          {(ids) => (
            <input
              {...ids}
              type="datetime-local"
              value={draft[field]}
              onInput={({ currentTarget }) => setDraft({ ...draft, [field]: currentTarget.value })}
            />
          )}
        </Field>
      ))}
      <Field label={words.filter.action}>
        {(ids) => (
          <select
            {...ids}
            value={draft.action}
            onChange={({ currentTarget }) => setDraft({ ...draft, action: currentTarget.value })}
          >
            <option value="">{text.admin.any}</option>
            {Object.entries(words.actions).map(([action, label]) => (
              <option value={action} key={action}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {(['subject', 'actor'] as const).map((field) => (
        <Field label={words.filter[field]} fault={faults[field]} key={field}>
          {(ids) => (
            <input
              {...ids}
              value={draft[field]}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => setDraft({ ...draft, [field]: currentTarget.value })}
            />
          )}
        </Field>
      ))}
      <div class="admin-acts">
        <Button kind="primary" submit>
          {words.search}
        </Button>
        <Button onClick={clear}>{words.clear}</Button>
      </div>
    </form>
  );
}
