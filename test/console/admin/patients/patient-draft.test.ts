import t from 'tap';
import { patientChange, patientFaults } from '../../../../src/console/admin/patients/patient-draft.ts';

const PATIENT = { id: 'p-1', ward: 'north', label: 'Bed 4', devices: [] };

t.test('only what becomes another is sent', async (t) => {
  t.equal(patientChange(PATIENT, { id: 'p-1', ward: ' north ', label: 'Bed 4' }), null);
  t.same(patientChange(PATIENT, { id: 'p-1', ward: 'south', label: 'Bed 4' }), { ward: 'south' });
  t.same(patientChange(PATIENT, { id: 'p-1', ward: 'south', label: '' }), { ward: 'south', label: 'p-1' });
});

t.test('what is wrong is told by its field', async (t) => {
  t.same(patientFaults({ id: 'p-1', ward: 'north', label: '' }), {});
  t.same(Object.keys(patientFaults({ id: 'p 1', ward: '', label: 'x'.repeat(101) })), [
    'id',
    'ward',
    'label',
  ]);
});
