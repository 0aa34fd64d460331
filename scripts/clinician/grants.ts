import type { Command } from 'commander';
import { type ClinicianId, clinicianId } from '../../src/model/ids.ts';
import type { AccessGrant } from '../../src/model/people.ts';
import { type AdminOptions, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { formatTable } from '../table.ts';

interface ListedGrant extends AccessGrant {
  readonly live: boolean;
}

/** Adds `grants`. */
export function addGrants(program: Command): void {
  subcommand(program, 'grants', 'List break-glass access, live and past, the newest first.', [
    'clinician -- grants',
    'clinician -- grants nurse-1',
    "-s clinician -- grants --json | jq '.[] | select(.live)'",
  ])
    .argument('[id]', 'of this clinician only', argument(clinicianId))
    .action((id: ClinicianId | undefined, options: AdminOptions) =>
      withRegistry(options, async ({ registry, clock }) => {
        const now = clock.now();
        const listed = [...(id === undefined ? registry.grants() : registry.grantsOf(id))]
          .sort((a, b) => b.from - a.from)
          .map((grant): ListedGrant => ({ ...grant, live: grant.until > now }));
        answer(options, listed, listed.length === 0 ? noneFound(id) : table(listed));
      }),
    );
}

function noneFound(id: ClinicianId | undefined): string {
  return `No break-glass access${id === undefined ? '' : ` of ${id}`} yet.`;
}

function table(grants: readonly ListedGrant[]): string {
  return formatTable<ListedGrant>(
    [
      { heading: 'CLINICIAN', value: ({ clinician }) => clinician },
      { heading: 'PATIENT', value: ({ patient }) => patient },
      { heading: 'FROM', value: ({ from }) => instant(from) },
      { heading: 'UNTIL', value: ({ until }) => instant(until) },
      { heading: 'LIVE', value: ({ live }) => (live ? 'yes' : 'no') },
      { heading: 'REASON', value: ({ reason }) => reason },
    ],
    grants,
  );
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
