import { useConsole } from '../../console-parts.ts';
import { Button } from '../../shell/button.tsx';
import { text } from '../../text/text.ts';
import type { PersonAnswer } from '../admin-answers.ts';

export type PersonAct = 'change' | 'invite' | 'deactivate' | 'activate';

interface PersonRowProps {
  readonly person: PersonAnswer;
  readonly onAct: (act: PersonAct) => void;
}

/** One person. Nobody changes their own entry: another admin does. */
export function PersonRow({ person, onAct }: PersonRowProps) {
  const { person: reader } = useConsole();
  const words = text.admin.people;
  const { columns } = words;
  const { id, role, wards, patients, active } = person;
  const acts: readonly PersonAct[] = active ? ['change', 'invite', 'deactivate'] : ['change', 'activate'];
  return (
    <tr>
      <th scope="row" data-label={columns.id}>
        {id}
      </th>
      <td data-label={columns.role}>{words.roles[role]}</td>
      <td data-label={columns.wards}>{ids(wards)}</td>
      <td data-label={columns.patients}>{ids(patients)}</td>
      <td data-label={columns.active}>
        {active ? words.is_active : <strong class="need">{words.is_inactive}</strong>}
      </td>
      <td data-label={text.admin.acts}>
        {id === reader.clinician ? (
          <span class="quiet">{words.yourself}</span>
        ) : (
          <div class="admin-acts">
            {acts.map((act) => (
              <Button
                kind={act === 'deactivate' ? 'danger' : 'plain'}
                onClick={() => onAct(act)}
                label={words.acts_of[act](id)}
                key={act}
              >
                {words.acts[act]}
              </Button>
            ))}
          </div>
        )}
      </td>
    </tr>
  );
}

function ids(list: readonly string[]) {
  return list.length === 0 ? <span class="quiet">{text.admin.people.none}</span> : list.join(', ');
}
