import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Free memory that tests may fill with their files without harm. */
const MEMORY_BYTES = 2 ** 31;

const IN_MEMORY = '/dev/shm';

/** A directory for the temporary files of a whole run; what a killed test leaves there goes with it. */
export interface Scratch extends Disposable {
  readonly directory: string;
}

/**
 * In memory where there is room: hundreds of small databases then sync nothing to a disk that they would share. A crash of a
 * process loses the same from either; that of a machine no test can show.
 */
export function scratch(): Scratch {
  const directory = mkdtempSync(join(roomInMemory() ? IN_MEMORY : tmpdir(), 'vitalwire-test-'));
  return {
    directory,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function roomInMemory(): boolean {
  try {
    accessSync(IN_MEMORY, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return bavail * bsize >= MEMORY_BYTES;
  } catch {
    // Not Linux, or a container without it.
    return false;
  }
}
