import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { setClinicianActive } from '../../src/identity/clinician-record.ts';
import { type ClinicianId, clinicianId } from '../../src/model/ids.ts';
import {
  type AdminContext,
  type AdminOptions,
  answer,
  argument,
  subcommand,
  withRegistry,
} from '../admin-command.ts';
import { counted } from '../counted.ts';

/** Adds `deactivate` and `activate`. */
export function addActivation(program: Command): void {
  const command = (name: string, active: boolean, description: string): void => {
    subcommand(program, name, description, [
      `clinician -- ${name} nurse-1`,
      `clinician -- ${name} nurse-1 --json`,
    ])
      .argument('<id>', 'clinician id', argument(clinicianId))
      .action((id: ClinicianId, options: AdminOptions) =>
        withRegistry(options, (context) => setActive(context, id, active, options)),
      );
  };
  command(
    'deactivate',
    false,
    'Turn a clinician away, whatever token they have; open feeds, sessions of the console and break-glass access end within a second.',
  );
  command('activate', true, 'Admit a clinician again, with the role and scope they had.');
}

async function setActive(
  { registry, audit, clock }: AdminContext,
  id: ClinicianId,
  active: boolean,
  options: AdminOptions,
): Promise<void> {
  if (registry.clinician(id) === undefined) {
    throw new CodedError(
      'unknown_clinician',
      `clinician "${id}" is not registered: register them first, also one who signs in through a provider, with "npm run clinician -- add ${id} --role <role>"`,
    );
  }
  const record = audit.record.bind(audit);
  const { changed, ended } = await setClinicianActive(registry, id, active, clock.now(), record);
  const word = active ? 'active' : 'inactive';
  const also =
    ended.length === 0
      ? ''
      : ` ${counted(ended.length, 'break-glass access', 'break-glass accesses')} ended.`;
  const text = changed
    ? `Clinician ${id} is ${word} now.${also}`
    : `Clinician ${id} was ${word} already.${also}`;
  answer(options, { clinician: id, active, changed, ended }, text);
}
