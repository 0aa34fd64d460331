import { useState } from 'preact/hooks';
import { ROLES } from '../../../model/people.ts';
import { useConsole } from '../../console-parts.ts';
import { Field } from '../../patient/field.tsx';
import { path } from '../../server/rest.ts';
import { text } from '../../text/text.ts';
import type { PersonAnswer } from '../admin-answers.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { type PersonDraft, personBody, personDraft, personFaults, roleOf } from './person-draft.ts';

export interface PersonFormProps {
  /** Null: a new one. */
  readonly person: PersonAnswer | null;
  /** Ids that are taken: to register is not to change. */
  readonly taken: readonly string[];
  readonly onDone: (id: string) => void;
  readonly onClose: () => void;
}

/** Registers a person, or gives them another role and scope. */
export function PersonForm({ person, taken, onDone, onClose }: PersonFormProps) {
  const { session } = useConsole();
  const [draft, setDraft] = useState<PersonDraft>(personDraft(person));
  const [tried, setTried] = useState(false);
  const words = text.admin.people;
  const id = draft.id.trim();
  const found = {
    ...(person === null && taken.includes(id) ? { id: words.taken(id) } : {}),
    ...personFaults(draft),
  };
  const faults: typeof found & Partial<Record<keyof PersonDraft, string>> = tried ? found : {};
  const attempt = () => {
    setTried(true);
    if (Object.keys(found).length > 0) return null;
    return () => session.rest.send('PUT', path('v1', 'clinicians', id), personBody(draft));
  };
  const set = (change: Partial<PersonDraft>): void => setDraft({ ...draft, ...change });
  return (
    <FormDialog
      title={person === null ? words.add : words.change_title(person.id)}
      action={person === null ? words.add_now : words.save}
      onDone={() => onDone(id)}
      {...{ attempt, onClose }}
    >
      {person === null && (
        <Field label={words.id} fault={faults.id}>
          {(ids) => (
            <input
              {...ids}
              value={draft.id}
              required
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => set({ id: currentTarget.value })}
            />
          )}
        </Field>
      )}
      <Field label={words.columns.role}>
        {(ids) => (
          <select
            {...ids}
            value={draft.role}
            onChange={({ currentTarget }) => set({ role: roleOf(currentTarget.value) })}
          >
            {ROLES.map((role) => (
              <option value={role} key={role}>
                {words.roles[role]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {draft.role !== 'admin' &&
        (['wards', 'patients'] as const).map((field) => (
          <Field label={words.lists[field]} fault={faults[field]} key={field}>
            {(ids) => (
              <textarea
                {...ids}
                rows={2}
                value={draft[field]}
                autocomplete="off"
                spellcheck={false}
                onInput={({ currentTarget }) => set({ [field]: currentTarget.value })}
              />
            )}
          </Field>
        ))}
    </FormDialog>
  );
}
