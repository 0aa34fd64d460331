import { type Command, Option } from 'commander';
import { CodedError } from '../src/core/coded-error.ts';
import { type PatientId, patientId, type WardId, wardId } from '../src/model/ids.ts';
import { NEWS2_USES, type News2Use } from '../src/model/news2.ts';
import type { Patient } from '../src/model/people.ts';
import { changeNews2, movePatient, registerPatient } from '../src/registry/patient-record.ts';
import type { Registry } from '../src/registry/registry.ts';
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

const NEWS2_HELP = 'scale_2 only where it was prescribed; off for who is not an adult, or pregnant';

const program = adminProgram('patient', 'Register patients, list them, and say how they are scored.');

subcommand(program, 'add', 'Register a patient.', [
  'patient -- add p-12 --ward north',
  'patient -- add p-12 --ward north --label "Bed 4"',
  'patient -- add p-13 --ward north --news2 off   (not an adult, or pregnant)',
])
  .argument('<id>', 'patient id; not a name', argument(patientId))
  .requiredOption('--ward <ward>', 'ward id', argument(wardId))
  .option('--label <text>', 'what staff call them at the bedside, shown to clinicians only (default: the id)')
  .addOption(new Option('--news2 <use>', NEWS2_HELP).choices(NEWS2_USES).default('scale_1'))
  .action((id: PatientId, options: AdminOptions & { ward: WardId; label?: string; news2: News2Use }) =>
    withRegistry(options, async ({ registry, audit }) => {
      const { ward, label = id, news2 } = options;
      const patient: Patient = { id, ward, label, news2 };
      await audit.record(await registerPatient(registry, patient));
      const next = `Next: npm run device -- issue <device> --patient ${id}`;
      answer(options, patient, `Patient ${id} is on ward ${ward}.\n${next}`);
    }),
  );

subcommand(
  program,
  'set',
  'Say by which NEWS2 a patient is scored; a running server obeys within a second.',
  ['patient -- set p-12 --news2 scale_2 --reason "COPD with hypercapnia, prescribed 88-92 %"'],
)
  .argument('<id>', 'patient id', argument(patientId))
  .addOption(new Option('--news2 <use>', NEWS2_HELP).choices(NEWS2_USES).makeOptionMandatory())
  .requiredOption('--reason <text>', 'why: kept with the change')
  .action((id: PatientId, options: AdminOptions & { news2: News2Use; reason: string }) =>
    withRegistry(options, async ({ registry, audit }) => {
      const patient = knownPatient(registry, id);
      const { news2, reason } = options;
      await audit.record(await changeNews2(registry, patient, news2, reason));
      answer(options, { ...patient, news2 }, `Patient ${id}: NEWS2 ${news2} (was ${patient.news2}).`);
    }),
  );

subcommand(
  program,
  'move',
  'Have a patient on another ward, or called otherwise; screens and limits follow within a second.',
  ['patient -- move p-12 --ward south --label "Bed 9"'],
)
  .argument('<id>', 'patient id', argument(patientId))
  .option('--ward <ward>', 'ward id', argument(wardId))
  .option('--label <text>', 'what staff call them at the bedside')
  .action((id: PatientId, options: AdminOptions & { ward?: WardId; label?: string }, command: Command) => {
    const { ward, label } = options;
    if (ward === undefined && label === undefined) command.error('error: give --ward, --label or both');
    return withRegistry(options, async ({ registry, audit }) => {
      const patient = knownPatient(registry, id);
      const change = { ...(ward !== undefined && { ward }), ...(label !== undefined && { label }) };
      const act = await movePatient(registry, patient, change);
      if (act !== null) await audit.record(act);
      const now = { ...patient, ...change };
      const text = act === null ? 'is there, and called so, already' : `is on ward ${now.ward}`;
      answer(options, now, `Patient ${id} ${text}.`);
    });
  });

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
          { heading: 'NEWS2', value: ({ news2 }) => news2 },
          { heading: 'LABEL', value: ({ label }) => label },
        ],
        patients,
      );
      const none = 'No patients. Register one: npm run patient -- add <id> --ward <ward>';
      answer(options, patients, patients.length === 0 ? none : table);
    }),
  );

/** @throws CodedError `unknown_patient` */
function knownPatient(registry: Registry, id: PatientId): Patient {
  const patient = registry.patient(id);
  if (patient !== undefined) return patient;
  throw new CodedError(
    'unknown_patient',
    `patient "${id}" is not registered: add it first with "npm run patient -- add ${id} --ward <ward>"`,
  );
}

await runProgram(program);
