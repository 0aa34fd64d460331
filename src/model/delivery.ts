import type { EpochMs } from '../core/clock.ts';
import type { AlarmId, ClinicianId } from './ids.ts';

/** What became of an alarm at one clinician, from one time on that it began to wait for a person. Server times. */
export interface Delivery {
  readonly alarm: AlarmId;
  readonly clinician: ClinicianId;
  /** The alarm's `alerted_at`: one that alerts again has to reach people again. */
  readonly alerted_at: EpochMs;
  /** When it was first handed to a socket of theirs; null: it was not. */
  readonly sent_at: EpochMs | null;
  /** When a client of theirs first confirmed to have it; null: none did. */
  readonly received_at: EpochMs | null;
  /** When they said that they had seen it; null: they did not. */
  readonly acknowledged_at: EpochMs | null;
}

/** Both as one: what happened first counts. */
export function mergeDeliveries(first: Delivery, second: Delivery): Delivery {
  return {
    ...first,
    sent_at: first.sent_at ?? second.sent_at,
    received_at: first.received_at ?? second.received_at,
    acknowledged_at: first.acknowledged_at ?? second.acknowledged_at,
  };
}

/** Order of deliveries of one alarm: as it alerted, then as it was sent, then by name. */
export function compareDeliveries(a: Delivery, b: Delivery): number {
  return (
    a.alerted_at - b.alerted_at ||
    (a.sent_at ?? Number.MAX_SAFE_INTEGER) - (b.sent_at ?? Number.MAX_SAFE_INTEGER) ||
    (a.clinician < b.clinician ? -1 : 1)
  );
}
