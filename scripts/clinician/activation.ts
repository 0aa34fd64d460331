import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { liveGrants } from '../../src/identity/break-glass.ts';
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
    'Turn a clinician away, whatever token they have; open feeds and break-glass access end within a second.',
  );
  command('activate', true, 'Admit a clinician again, with the role and scope they had.');
}

async function setActive(
  { registry, audit, clock }: AdminContext,
  id: ClinicianId,
  active: boolean,
  options: AdminOptions,
): Promise<void> {
  const known = registry.clinician(id);
  if (known === undefined) {
    throw new CodedError(
      'unknown_clinician',
      `clinician "${id}" is not registered: register them first, also one who signs in through a provider, with "npm run clinician -- add ${id} --role <role>"`,
    );
  }
  const changed = known.active !== active;
  if (changed) {
    await registry.putClinician({ ...known, active });
    const details = { change: active ? 'activated' : 'deactivated' };
    await audit.record({ action: 'clinician_changed', subject: id, details });
  }
  // Also when nothing changed: an earlier run may not have got that far. Nothing live is to come back with them.
  const live = active ? [] : liveGrants(registry.grantsOf(id), clock.now());
  for (const grant of live) {
    await registry.endAccess(grant.id, clock.now());
    const details = { grant: grant.id, clinician: id };
    await audit.record({ action: 'break_glass_ended', subject: grant.patient, details });
  }
  const word = active ? 'active' : 'inactive';
  const also =
    live.length === 0 ? '' : ` ${counted(live.length, 'break-glass access', 'break-glass accesses')} ended.`;
  const text = changed
    ? `Clinician ${id} is ${word} now.${also}`
    : `Clinician ${id} was ${word} already.${also}`;
  answer(options, { clinician: id, active, changed, ended: live.map((grant) => grant.id) }, text);
}
