import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { deviceId, patientId, wardId } from '../../src/model/ids.ts';
import type { RunningServer, Wearable } from './running-server.ts';

export const DAY_MS = 86_400_000;

/**
 * A wearable of a running server as if it had been enrolled at `at`: its certificate is as old as that, or has ended.
 * @param patient worn by, from an hour ago on
 */
export async function enrolledAt(
  server: RunningServer,
  device: string,
  at: number,
  patient?: string,
): Promise<Wearable> {
  const { registry, directory } = server;
  const id = deviceId(device);
  const { files } = await enrolDevice({
    registry,
    directory: join(directory, 'certs'),
    device: id,
    description: 'test',
    intervalMs: null,
    now: at,
  });
  if (patient !== undefined) {
    await registry.addPatient({
      id: patientId(patient),
      ward: wardId('ward-1'),
      label: `Bed of ${patient}`,
      news2: 'scale_1',
    });
    await registry.assign(id, patientId(patient), Date.now() - 2 * DAY_MS);
  }
  // Longer than the server takes to see another process's change (250 ms).
  await new Promise((resolve) => setTimeout(resolve, 300));
  const read = (path: string): string => readFileSync(path, 'utf8');
  return { files, cert: read(files.certificate), key: read(files.key), ca: read(files.authority) };
}
