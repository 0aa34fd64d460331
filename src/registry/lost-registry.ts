import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../core/coded-error.ts';

/**
 * Refuses a data directory that a server has used and whose registry is gone. It would greet, be ready and turn every
 * device away, and whoever enrols people anew in it can have no backup put back beside them. A server makes `alarms.db`
 * after `registry.db`: where only the former is there, the latter was lost.
 * @throws CodedError `registry_lost`
 */
export function refuseLostRegistry(directory: string): void {
  const path = join(directory, 'registry.db');
  if (holdsSomething(path) || holdsSomething(`${path}-wal`)) return;
  if (!holdsSomething(join(directory, 'alarms.db'))) return;
  throw new CodedError(
    'registry_lost',
    `${path} is gone or empty, though a server has used ${directory}: nobody would be known. Restore a backup (npm run restore -- BACKUP --replace), or give VITALWIRE_DATA_DIR another directory to begin anew`,
    { details: { path } },
  );
}

/** A file that cannot be looked at is told by whoever opens it. */
function holdsSomething(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
