import t from 'tap';
import type { PersonAnswer } from '../../../../src/console/admin/admin-answers.ts';
import { invitationLink, minutesOf } from '../../../../src/console/admin/people/invitation.ts';
import { personBody, personDraft, personFaults } from '../../../../src/console/admin/people/person-draft.ts';

const PERSON: PersonAnswer = {
  ...{ id: 'n-1', role: 'charge', wards: ['north', 'south'], patients: ['p-1'], active: true },
};

t.test('what is not changed is sent as it was', async (t) => {
  t.same(personBody(personDraft(PERSON)), {
    role: 'charge',
    wards: ['north', 'south'],
    patients: ['p-1'],
  });
  t.same(personFaults(personDraft(PERSON)), {});
});

t.test('an admin watches nobody', async (t) => {
  t.same(personBody({ ...personDraft(PERSON), role: 'admin' }), { role: 'admin', wards: [], patients: [] });
});

t.test('what is wrong is told by its field', async (t) => {
  const many = Array.from({ length: 101 }, (_, i) => `w-${i}`).join(' ');
  t.same(Object.keys(personFaults({ id: '', role: 'clinician', wards: many, patients: 'a/b' })), [
    'id',
    'wards',
    'patients',
  ]);
});

t.test('an invitation holds for minutes, and its link is whole', async (t) => {
  t.equal(minutesOf(' 15 '), 15);
  t.equal(minutesOf('1440'), 1_440);
  for (const typed of ['', '0', '1441', '1.5', '-3', '1e3']) t.equal(minutesOf(typed), null, typed);
  const origin = 'https://ward.example:8444';
  t.equal(invitationLink('/sign-in#Ab_-1', origin), `${origin}/sign-in#Ab_-1`);
  t.equal(invitationLink('https://v.example/sign-in#x', origin), 'https://v.example/sign-in#x');
});
