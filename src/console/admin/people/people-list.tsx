import { useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import type { PersonAnswer } from '../admin-answers.ts';
import { AdminTable } from '../parts/admin-table.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { MoreRows, useShown } from '../parts/more-rows.tsx';
import { useList } from '../parts/use-list.ts';
import { InvitationDialog } from './invitation-dialog.tsx';
import { PersonForm } from './person-form.tsx';
import { type PersonAct, PersonRow } from './person-row.tsx';

type Asking = { readonly act: PersonAct; readonly person: PersonAnswer } | 'add' | null;

/** Who may sign in, as what, and whom they watch. */
export function PeopleList() {
  const list = useList<PersonAnswer>('/v1/clinicians', 'clinicians');
  const [find, setFind] = useState('');
  const [asking, setAsking] = useState<Asking>(null);
  const [said, setSaid] = useState('');
  const { shown, showMore } = useShown();
  const words = text.admin.people;
  const all = list.answer?.entries ?? [];
  const part = find.trim().toLowerCase();
  const found = all.filter(({ id, wards }) =>
    [id, ...wards].some((field) => field.toLowerCase().includes(part)),
  );
  const done = (what: string): void => {
    setAsking(null);
    setSaid(what);
    list.again();
  };
  return (
    <section aria-labelledby="people-title">
      <h1 id="people-title">{words.title}</h1>
      <search class="admin-filter">
        <label>
          {words.find}{' '}
          <input type="search" value={find} onInput={({ currentTarget }) => setFind(currentTarget.value)} />
        </label>
        <Button kind="primary" onClick={() => setAsking('add')} disabled={list.answer === null}>
          {words.add}
        </Button>
      </search>
      <Freshness reading={list} />
      <p class="admin-said" role="status">
        {said}
      </p>
      {list.answer !== null && <p>{words.found(found.length)}</p>}
      {found.length > 0 && (
        <AdminTable name={words.title} columns={words.columns} acts>
          {found.slice(0, shown).map((person) => (
            <PersonRow person={person} onAct={(act) => setAsking({ act, person })} key={person.id} />
          ))}
        </AdminTable>
      )}
      <MoreRows left={Math.max(0, found.length - shown)} showMore={showMore} list={list} />
      <Asked asking={asking} taken={all.map(({ id }) => id)} onDone={done} onClose={() => setAsking(null)} />
    </section>
  );
}

interface AskedProps {
  readonly asking: Asking;
  readonly taken: readonly string[];
  readonly onDone: (what: string) => void;
  readonly onClose: () => void;
}

/** The dialog of what was pressed. */
function Asked({ asking, taken, onDone, onClose }: AskedProps) {
  const { session } = useConsole();
  const words = text.admin.people;
  if (asking === null) return null;
  if (asking === 'add')
    return (
      <PersonForm person={null} taken={taken} onDone={(id) => onDone(words.added(id))} onClose={onClose} />
    );
  const { act, person } = asking;
  if (act === 'change')
    return (
      <PersonForm person={person} taken={[]} onDone={(id) => onDone(words.changed(id))} onClose={onClose} />
    );
  if (act === 'invite') return <InvitationDialog person={person.id} onClose={onClose} />;
  const { title, is, now, done } = words[act];
  return (
    <FormDialog
      title={title(person.id)}
      action={now}
      kind={act === 'deactivate' ? 'danger' : 'primary'}
      attempt={() => () => session.rest.send('POST', path('v1', 'clinicians', person.id, act))}
      onDone={() => onDone(done(person.id))}
      onClose={onClose}
    >
      <p>{is}</p>
    </FormDialog>
  );
}
