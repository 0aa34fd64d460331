import { LIMIT_REASON_LENGTH } from '../model/limit-override.ts';
import type { News2Use } from '../model/news2.ts';
import type { Patient } from '../model/people.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import type { Registry } from './registry.ts';
import { checkReason } from './registry-checks.ts';

/**
 * Chooses which NEWS2 a patient is scored by, and gives what is to go on record.
 * @throws CodedError `invalid_entry` (the reason), and those of `Registry.setNews2`
 */
export async function changeNews2(
  registry: Registry,
  { id, news2: before }: Patient,
  use: News2Use,
  reason: string,
): Promise<AuditAct> {
  const why = checkReason(reason, LIMIT_REASON_LENGTH);
  await registry.setNews2(id, use);
  return { action: 'patient_changed', subject: id, details: { news2: use, before, reason: why } };
}
