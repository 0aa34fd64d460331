import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import type { Delivery } from '../model/delivery.ts';
import type { AlarmId, ClinicianId } from '../model/ids.ts';
import type { DeliveryGroup } from './delivery-group.ts';

/** Of alarms that are kept no longer, nothing is written; what happened first stays. */
const PUT_SQL = `INSERT INTO deliveries SELECT ?1, value, ?2, ?3, ?4, ?5 FROM json_each(?6)
  WHERE EXISTS (SELECT 1 FROM alarms WHERE id = ?1)
  ON CONFLICT (alarm, clinician, alerted) DO UPDATE SET
    sent = coalesce(sent, excluded.sent),
    received = coalesce(received, excluded.received),
    acknowledged = coalesce(acknowledged, excluded.acknowledged)`;
const TRIM_SQL = `DELETE FROM deliveries WHERE alarm IN
  (SELECT id FROM alarms WHERE presence = 'off' AND cursor <= ?)`;

/** Who was sent which alarm, beside the alarm log and in its transactions. */
export class DeliveryTable {
  readonly #sql;

  constructor(database: DatabaseSync) {
    this.#sql = {
      put: database.prepare(PUT_SQL),
      of: database.prepare('SELECT * FROM deliveries WHERE alarm = ?'),
      trim: database.prepare(TRIM_SQL),
    };
  }

  /** A statement for each group: they are many only where little is shared. */
  put(groups: readonly DeliveryGroup[]): void {
    for (const { alarm, alerted_at, sent_at, received_at, acknowledged_at, clinicians } of groups)
      this.#sql.put.run(alarm, alerted_at, sent_at, received_at, acknowledged_at, clinicians);
  }

  of(alarm: AlarmId): readonly Delivery[] {
    return this.#sql.of.all(alarm).map((row) => ({
      alarm,
      clinician: String(row.clinician) as ClinicianId,
      alerted_at: Number(row.alerted),
      sent_at: timeOf(row.sent),
      received_at: timeOf(row.received),
      acknowledged_at: timeOf(row.acknowledged),
    }));
  }

  /** Forgets those of alarms that are about to be forgotten: over, with nothing newer than the cursor. */
  trim(through: number): void {
    this.#sql.trim.run(through);
  }
}

function timeOf(value: SQLOutputValue | undefined): EpochMs | null {
  return value === null || value === undefined ? null : Number(value);
}
