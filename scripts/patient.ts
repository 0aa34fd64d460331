import { type PatientId, patientId, type WardId, wardId } from '../src/model/ids.ts';
import type { Patient } from '../src/model/people.ts';
import {
  type AdminOptions,
  adminProgram,
  answer,
  argument,
  runProgram,
  subcommand,
  withRegistry,
} from './admin-command.ts';
import { formatTable } from './table.ts';

const program = adminProgram('patient', 'Register patients and list them.');

subcommand(program, 'add', 'Register a patient.', [
  'patient -- add p-12 --ward north',
  'patient -- add p-12 --ward north --label "Bed 4"',
])
  .argument('<id>', 'patient id; not a name', argument(patientId))
  .requiredOption('--ward <ward>', 'ward id', argument(wardId))
  .option('--label <text>', 'what staff call them at the bedside, shown to clinicians only (default: the id)')
  .action((id: PatientId, options: AdminOptions & { ward: WardId; label?: string }) =>
    withRegistry(options, async ({ registry }) => {
      const patient: Patient = { id, ward: options.ward, label: options.label ?? id, news2: 'scale_1' };
      await registry.addPatient(patient);
      const next = `Next: npm run device -- issue <device> --patient ${id}`;
      answer(options, patient, `Patient ${id} is on ward ${options.ward}.\n${next}`);
    }),
  );

subcommand(program, 'list', 'List patients and the devices they wear now.', [
  'patient -- list',
  'patient -- list --ward north --json',
])
  .option('--ward <ward>', 'of this ward only', argument(wardId))
  .action((options: AdminOptions & { ward?: WardId }) =>
    withRegistry(options, async ({ registry, clock }) => {
      const now = clock.now();
      const patients = registry
        .patients()
        .filter(({ ward }) => options.ward === undefined || ward === options.ward)
        .map((patient) => ({ ...patient, devices: registry.devicesOf(patient.id, now) }));
      const table = formatTable<(typeof patients)[number]>(
        [
          { heading: 'PATIENT', value: ({ id }) => id },
          { heading: 'WARD', value: ({ ward }) => ward },
          { heading: 'DEVICES', value: ({ devices }) => devices.join(', ') || '-' },
          { heading: 'LABEL', value: ({ label }) => label },
        ],
        patients,
      );
      const none = 'No patients. Register one: npm run patient -- add <id> --ward <ward>';
      answer(options, patients, patients.length === 0 ? none : table);
    }),
  );

await runProgram(program);
