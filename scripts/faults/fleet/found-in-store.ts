import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Found, FoundMoment } from './found.ts';

/** Reads every moment of the embedded store in `data`; a moment can't be in it twice but under two patients. */
export function foundInStore(data: string): Found {
  const moments = new Map<string, FoundMoment[]>();
  const database = new DatabaseSync(join(data, 'telemetry.db'), { readOnly: true, timeout: 10_000 });
  try {
    const rows = database.prepare(
      'SELECT device, patient, t, heart_rate, spo2 FROM vitals JOIN series ON series.id = vitals.series ORDER BY t',
    );
    for (const { device, patient, t, heart_rate, spo2 } of rows.iterate()) {
      const of = moments.get(String(device)) ?? [];
      moments.set(String(device), of);
      of.push({
        t: Number(t),
        patient: String(patient),
        heart_rate: heart_rate as number | null,
        spo2: spo2 as number | null,
      });
    }
  } finally {
    database.close();
  }
  return { moments, corrupt: [], disordered: [] };
}
