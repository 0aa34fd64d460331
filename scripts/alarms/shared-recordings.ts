import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';

/** Folders of recorded vitals: files are recordings; folders in the last one are wrist wearables. */
const FOLDERS = ['bidmc/numerics', 'uw_fio2', 'stress_predict'] as const;

/**
 * Paths of the shared recordings with vitals: in `VITALWIRE_RECORDINGS`, else in `../shared/data` beside the project.
 * @throws CodedError `no_recordings`
 */
export async function sharedRecordings(): Promise<readonly string[]> {
  const beside = fileURLToPath(new URL('../../../shared/data', import.meta.url));
  const directory = process.env.VITALWIRE_RECORDINGS || beside;
  const found = await Promise.all(FOLDERS.map((folder) => recordingsIn(join(directory, folder))));
  const paths = found.flat();
  if (paths.length > 0) return paths;
  throw new CodedError(
    'no_recordings',
    `no recordings in ${directory}: name files, or set VITALWIRE_RECORDINGS to the folder that holds ${FOLDERS.join(', ')}`,
  );
}

async function recordingsIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() || entry.name.endsWith('.csv'))
      .map(({ name }) => join(folder, name))
      .sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
