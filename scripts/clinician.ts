import { Option } from 'commander';
import { SETTINGS } from '../src/config/settings.ts';
import { CodedError } from '../src/core/coded-error.ts';
import { loadTokenKeys } from '../src/identity/certificate-directory.ts';
import { changeClinician } from '../src/identity/clinician-record.ts';
import { admitClinician, issueClinicianToken } from '../src/identity/clinician-token.ts';
import { tokenFingerprint } from '../src/identity/token-fingerprint.ts';
import {
  type ClinicianId,
  clinicianId,
  type PatientId,
  patientId,
  type WardId,
  wardId,
} from '../src/model/ids.ts';
import { type Clinician, ROLES, type Role } from '../src/model/people.ts';
import {
  type AdminOptions,
  adminProgram,
  answer,
  argument,
  argumentList,
  runProgram,
  settingOption,
  subcommand,
  withRegistry,
} from './admin-command.ts';
import { addActivation } from './clinician/activation.ts';
import { addGrants } from './clinician/grants.ts';
import { addInvite } from './clinician/invite.ts';
import { addSessions } from './clinician/sessions.ts';
import { parseDuration } from './instant.ts';
import { formatTable } from './table.ts';

interface AddOptions extends AdminOptions {
  readonly role: Role;
  readonly ward?: readonly WardId[];
  readonly patient?: readonly PatientId[];
  readonly replace?: true;
}

interface TokenOptions extends AdminOptions {
  readonly ttl: number;
  readonly issuer: string;
}

const TOKEN_TTL_MAX_S = 31 * 86_400;

const program = adminProgram(
  'clinician',
  'Register clinicians, and let them in: links to sign in with at the console, and tokens.',
);

subcommand(program, 'add', 'Register a clinician: a role, and the wards and patients that are theirs.', [
  'clinician -- add nurse-1 --role clinician --ward north',
  'clinician -- add lead-1 --role charge --ward north --ward south --patient p-12',
  'clinician -- add nurse-1 --role clinician --ward south --replace',
])
  .argument('<id>', 'clinician id', argument(clinicianId))
  .addOption(
    new Option(
      '--role <role>',
      'clinician: vitals and alarms; charge: also devices and those nobody wears; admin: devices, no vitals',
    )
      .choices(ROLES)
      .makeOptionMandatory(),
  )
  .option('--ward <ward>', 'a ward of theirs, may be repeated', argumentList(wardId))
  .option('--patient <id>', 'a patient of theirs, may be repeated', argumentList(patientId))
  .option('--replace', 'change a clinician who is registered; role and scope become what is given here')
  .action((id: ClinicianId, options: AddOptions) =>
    withRegistry(options, async ({ registry, audit }) => {
      const known = registry.clinician(id) !== undefined;
      if (known && options.replace !== true) {
        throw new CodedError('already_exists', `clinician "${id}" is registered: change them with --replace`);
      }
      const { ward: wards = [], patient: patients = [], role } = options;
      const standing = { id, role, wards, patients };
      await audit.record(await changeClinician(registry, standing));
      // Whoever was turned away is not let in by the way.
      const { active = true } = registry.clinician(id) ?? {};
      const clinician: Clinician = { ...standing, active };
      const next = active
        ? `Next: npm run clinician -- invite ${id}   (a link to the console), or -- token ${id}   (for programs)`
        : `They stay turned away. To admit them: npm run clinician -- activate ${id}`;
      answer(options, clinician, `Clinician ${id}, role ${role}, ${scopeOf(clinician)}.\n${next}`);
    }),
  );

subcommand(program, 'list', 'List clinicians with their role and scope.', [
  'clinician -- list',
  'clinician -- list --json',
]).action((options: AdminOptions) =>
  withRegistry(options, async ({ registry }) => {
    const clinicians = registry.clinicians();
    const table = formatTable<Clinician>(
      [
        { heading: 'CLINICIAN', value: ({ id }) => id },
        { heading: 'ROLE', value: ({ role }) => role },
        { heading: 'ACTIVE', value: ({ active }) => (active ? 'yes' : 'no') },
        { heading: 'WARDS', value: ({ wards }) => wards.join(', ') || '-' },
        { heading: 'PATIENTS', value: ({ patients }) => patients.join(', ') || '-' },
      ],
      clinicians,
    );
    const none = 'No clinicians. Register one: npm run clinician -- add <id> --role <role> --ward <ward>';
    answer(options, clinicians, clinicians.length === 0 ? none : table);
  }),
);

subcommand(program, 'token', 'Print a bearer token for a clinician. Whoever holds it is that clinician.', [
  'clinician -- token nurse-1',
  'clinician -- token nurse-1 --ttl 30m --json',
  '-s clinician -- token nurse-1 > token   (without the lines of npm)',
])
  .argument('<id>', 'clinician id', argument(clinicianId))
  .addOption(
    new Option('--ttl <duration>', 'how long it holds: 90s, 30m, 12h, 7d')
      .argParser(parseDuration(TOKEN_TTL_MAX_S))
      .default(12 * 3600, '12h'),
  )
  .addOption(settingOption('--issuer <text>', "the server's token issuer", SETTINGS.issuer))
  .action((id: ClinicianId, options: TokenOptions) =>
    withRegistry(options, async ({ registry, audit, certs, clock }) => {
      if (registry.clinician(id) === undefined) {
        throw new CodedError(
          'unknown_clinician',
          `clinician "${id}" is not registered: add them first with "npm run clinician -- add ${id} --role <role>"`,
        );
      }
      const clinician = admitClinician(registry, id, clock.now());
      const { token, expires } = await issueClinicianToken(await loadTokenKeys(certs), {
        clinician: clinician.id,
        issuer: options.issuer,
        ttlS: options.ttl,
        now: clock.now(),
      });
      const fingerprint = tokenFingerprint(token);
      const details = { fingerprint, expires: new Date(expires).toISOString() };
      // Before it is shown: a token that is not on record is nobody's.
      await audit.record({ action: 'clinician_token_issued', subject: id, details });
      answer(options, { clinician: id, token, expires }, token);
      if (!options.json) process.stderr.write(`Holds until ${new Date(expires).toISOString()}.\n`);
    }),
  );

addInvite(program);
addSessions(program);
addActivation(program);
addGrants(program);

function scopeOf({ wards, patients, role }: Clinician): string {
  if (role === 'admin') return 'sees no vitals';
  const parts = [
    wards.length === 0 ? '' : `wards ${wards.join(', ')}`,
    patients.length === 0 ? '' : `patients ${patients.join(', ')}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'sees nobody yet (give --ward or --patient)' : parts.join(' and ');
}

await runProgram(program);
