import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { AuditAct } from '../../src/observe/audit-entry.ts';
import { type AuditTrail, openAuditTrail } from '../../src/observe/audit-trail.ts';

/** Where a script records what it has done, by the name of whoever runs it. */
export interface AdminAudit extends AsyncDisposable {
  /**
   * Records an act after it succeeded and before the script says so; resolves when that is on disk.
   * @throws CodedError `audit_not_recorded`: it was done and is not on record.
   */
  record(act: AuditAct): Promise<void>;
}

/** The trail of a data directory, as an admin's. @throws CodedError `database_unavailable`, `schema_too_new` */
export async function openAdminAudit(data: string, clock: Clock): Promise<AdminAudit> {
  const path = join(data, 'audit.db');
  // Every entry of a script has a caller who hears of its failure.
  const trail = await openAuditTrail({ path, clock, onError: () => {} });
  const actor = { kind: 'admin', name: adminName() } as const;
  return {
    record: (act) => recorded(trail, { ...act, actor }),
    [Symbol.asyncDispose]: () => trail[Symbol.asyncDispose](),
  };
}

async function recorded(trail: AuditTrail, entry: Parameters<AuditTrail['record']>[0]): Promise<void> {
  try {
    await trail.record(entry);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      'audit_not_recorded',
      `${entry.action} of "${entry.subject}" was done, and is not on record: ${reason}`,
      { cause },
    );
  }
}

/**
 * Who runs the script. The files belong to the service's user, so that admins come by sudo: then it is whoever called
 * it. A user without an entry in the system's list of users (in a container) goes by number.
 */
export function adminName(): string {
  const caller = process.env.SUDO_USER;
  try {
    const { username } = userInfo();
    return caller === undefined || caller === '' ? username : `${caller} as ${username}`;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
