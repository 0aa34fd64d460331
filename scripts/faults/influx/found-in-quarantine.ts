import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FoundMoment } from '../fleet/found.ts';

interface Point {
  readonly measurement: string;
  readonly device: string;
  readonly patient: string | null;
  readonly t: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The moments that the server in `data` set aside, by device, read past the product's code. */
export function foundInQuarantine(data: string): ReadonlyMap<string, readonly FoundMoment[]> {
  const found = new Map<string, FoundMoment[]>();
  const database = new DatabaseSync(join(data, 'quarantine.db'), { readOnly: true, timeout: 10_000 });
  try {
    for (const { point } of database.prepare('SELECT point FROM points ORDER BY id').iterate()) {
      const { device, patient, t, values } = JSON.parse(String(point)) as Point;
      const of = found.get(device) ?? [];
      found.set(device, of);
      of.push({ t, patient, heart_rate: values.heart_rate ?? null, spo2: values.spo2 ?? null });
    }
  } finally {
    database.close();
  }
  return found;
}
