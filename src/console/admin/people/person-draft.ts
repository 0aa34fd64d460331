import { ROLES, type Role } from '../../../model/people.ts';
import type { PersonAnswer } from '../admin-answers.ts';
import { idFault } from '../parts/id-fault.ts';
import { idList, idListFault } from '../parts/id-list.ts';

/** As it is typed. */
export interface PersonDraft {
  readonly id: string;
  readonly role: Role;
  /** Ids, apart by commas or blanks. */
  readonly wards: string;
  readonly patients: string;
}

/** What the server takes at most. */
const MOST = { wards: 100, patients: 500 } as const;

/** @param person null: a new one */
export function personDraft(person: PersonAnswer | null): PersonDraft {
  if (person === null) return { id: '', role: 'clinician', wards: '', patients: '' };
  const { id, role, wards, patients } = person;
  return { id, role, wards: wards.join(', '), patients: patients.join(', ') };
}

export function roleOf(name: string): Role {
  return ROLES.find((role) => role === name) ?? 'clinician';
}

/** What is wrong with a draft, in words by field; empty: nothing. */
export function personFaults({
  id,
  wards,
  patients,
}: PersonDraft): Partial<Record<keyof PersonDraft, string>> {
  const found = {
    id: idFault(id),
    wards: idListFault(wards, MOST.wards),
    patients: idListFault(patients, MOST.patients),
  };
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined));
}

/** What `PUT /v1/clinicians/{id}` takes. An admin watches nobody, whatever was typed before the role was chosen. */
export function personBody({ role, wards, patients }: PersonDraft): Omit<PersonAnswer, 'id' | 'active'> {
  if (role === 'admin') return { role, wards: [], patients: [] };
  return { role, wards: idList(wards), patients: idList(patients) };
}
