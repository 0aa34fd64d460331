import type { Command } from 'commander';
import { type ConsoleSession, sessionHolds } from '../../src/model/console-session.ts';
import { type ClinicianId, clinicianId } from '../../src/model/ids.ts';
import { type AdminOptions, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { counted } from '../counted.ts';
import { formatTable } from '../table.ts';

type ListedSession = Pick<ConsoleSession, 'id' | 'clinician' | 'via' | 'from' | 'until' | 'ended'> & {
  readonly live: boolean;
};

/** Adds `sessions` and `sign-out`. */
export function addSessions(program: Command): void {
  subcommand(
    program,
    'sessions',
    'List sessions of the console, live and of the last 30 days, the newest first.',
    [
      'clinician -- sessions',
      'clinician -- sessions nurse-1',
      "-s clinician -- sessions --json | jq '.[] | select(.live)'",
    ],
  )
    .argument('[id]', 'of this clinician only', argument(clinicianId))
    .action((id: ClinicianId | undefined, options: AdminOptions) =>
      withRegistry(options, async ({ registry, clock }) => {
        const now = clock.now();
        const found = id === undefined ? registry.sessions() : registry.sessionsOf(id);
        const listed = found.map((session) => shown(session, now));
        const none = `No session of the console${id === undefined ? '' : ` of ${id}`} in the last 30 days.`;
        answer(options, listed, listed.length === 0 ? none : table(listed));
      }),
    );

  subcommand(
    program,
    'sign-out',
    'End every session of a clinician at the console, with its open pages, and every link that was not used yet.',
    ['clinician -- sign-out nurse-1', 'clinician -- sign-out nurse-1 --json'],
  )
    .argument('<id>', 'clinician id', argument(clinicianId))
    .action((id: ClinicianId, options: AdminOptions) =>
      withRegistry(options, async ({ registry, audit, clock }) => {
        const reason = 'ended_by_admin';
        const ended = await registry.endSessionsOf(id, clock.now(), reason);
        for (const session of ended) {
          await audit.record({ action: 'session_ended', subject: id, details: { session, reason } });
        }
        const text =
          ended.length === 0
            ? `No session of ${id} holds.`
            : `${counted(ended.length, 'session')} of ${id} ended.`;
        answer(options, { clinician: id, ended }, text);
      }),
    );
}

function shown(session: ConsoleSession, now: number): ListedSession {
  const { id, clinician, via, from, until, ended } = session;
  return { id, clinician, via, from, until, ended, live: sessionHolds(session, now) };
}

function table(sessions: readonly ListedSession[]): string {
  return formatTable<ListedSession>(
    [
      { heading: 'CLINICIAN', value: ({ clinician }) => clinician },
      { heading: 'SESSION', value: ({ id }) => id },
      { heading: 'BY', value: ({ via }) => via },
      { heading: 'FROM', value: ({ from }) => instant(from) },
      { heading: 'UNTIL', value: ({ until, ended }) => instant(ended?.at ?? until) },
      { heading: 'STATE', value: ({ live, ended }) => (live ? 'live' : (ended?.reason ?? 'over')) },
    ],
    sessions,
  );
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
