import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small enough to be filled. */
export interface TinyDisk extends Disposable {
  readonly directory: string;
  /** Leaves no free space. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
}

/** Mounts a tmpfs of `kib` KiB, which only root may; taken down at disposal, and at the end of the process. */
export function tinyDisk(kib: number): TinyDisk {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', directory]);
  const takeDown = (): void => {
    process.off('exit', takeDown);
    execFileSync('umount', ['-l', directory]);
    rmdirSync(directory);
  };
  process.once('exit', takeDown);
  const filler = join(directory, 'filler');
  return {
    directory,
    fill() {
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(filler, new Uint8Array(bavail * bsize));
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: takeDown,
  };
}

/** For `skip`: why there can be no tiny disk here, or false. Continuous integration runs as root. */
export const noTinyDisk: string | false =
  process.getuid?.() === 0 || process.env.CI === 'true' ? false : 'only root may mount a tmpfs';
