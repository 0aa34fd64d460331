import type { Clock } from '../core/clock.ts';
import { type CodedError, codeOf } from '../core/coded-error.ts';
import { sessionHolds } from '../model/console-session.ts';
import type { ClinicianId } from '../model/ids.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Registry } from '../registry/registry.ts';

export interface DeactivatedSessionsOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'acted'>;
  /** Told when the registry cannot be written. The sessions admit nobody all the same, while the person is inactive. */
  readonly onError: (error: CodedError) => void;
}

/**
 * Ends the console sessions of whoever is no longer active, so that none comes back with the person: of those who were
 * made inactive before the start, and from then on by whichever process.
 */
export function endDeactivatedSessions(options: DeactivatedSessionsOptions): Disposable {
  const { registry } = options;
  const watch = registry.watch(({ kind, key }) => {
    if (kind === 'clinician') void look(options, key as ClinicianId);
  });
  for (const { id } of registry.clinicians()) void look(options, id);
  return watch;
}

async function look({ registry, clock, audit, onError }: DeactivatedSessionsOptions, id: ClinicianId) {
  const now = clock.now();
  if (registry.clinician(id)?.active !== false) return;
  if (!registry.sessionsOf(id).some((session) => sessionHolds(session, now))) return;
  try {
    const ended = await registry.endSessionsOf(id, now, 'deactivated');
    for (const session of ended) {
      audit.acted({ action: 'session_ended', subject: id, details: { session, reason: 'deactivated' } });
    }
  } catch (error) {
    // A registry that was closed meanwhile looks again when it is opened.
    if (codeOf(error) !== 'registry_closed') onError(error as CodedError);
  }
}
