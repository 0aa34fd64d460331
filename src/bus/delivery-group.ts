import type { Delivery } from '../model/delivery.ts';
import type { ClinicianId } from '../model/ids.ts';

/** Deliveries that differ in nothing but the clinician, as they go to the disk: an alarm reaches a whole ward at once. */
export interface DeliveryGroup extends Omit<Delivery, 'clinician'> {
  /** A JSON array: to be handed to another thread, and to SQLite, in one piece. */
  readonly clinicians: string;
}

/** Neighbours that are alike become one group, so that order costs more or fewer groups and nothing else. */
export function groupDeliveries(deliveries: Iterable<Delivery>): readonly DeliveryGroup[] {
  const groups: DeliveryGroup[] = [];
  let first: Delivery | null = null;
  let clinicians: ClinicianId[] = [];
  const end = (): void => {
    if (first === null) return;
    const { clinician: _, ...shared } = first;
    groups.push({ ...shared, clinicians: JSON.stringify(clinicians) });
  };
  for (const delivery of deliveries) {
    if (first === null || !isAlike(first, delivery)) {
      end();
      first = delivery;
      clinicians = [];
    }
    clinicians.push(delivery.clinician);
  }
  end();
  return groups;
}

function isAlike(a: Delivery, b: Delivery): boolean {
  return (
    a.alarm === b.alarm &&
    a.alerted_at === b.alerted_at &&
    a.sent_at === b.sent_at &&
    a.received_at === b.received_at &&
    a.acknowledged_at === b.acknowledged_at
  );
}
