import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CodedError, codeOf } from '../../../src/core/coded-error.ts';

/** What mounted file systems of the harness are called in the list of mounts. */
export const MOUNT_NAME = 'vitalwire-faults';
const BALLAST = 'ballast';
/** The last piece must be as small as a page, or a hole of that size is left. Bytes. */
const PIECES = [1024 * 1024, 64 * 1024, 4 * 1024] as const;
/** What the server gives back, or another file lets go of, is taken too. Milliseconds. */
const REFILL_MS = 20;
const CAP_SYS_ADMIN = 21n;

/**
 * A shell that mounts, and unmounts when its input ends: when it is told to, or when whoever started it is gone, however
 * that went. In a session of its own, so that an interrupt at the terminal is not for it.
 */
const KEEPER = `trap '' HUP INT TERM
mount -t tmpfs -o "size=$1,mode=0700" ${MOUNT_NAME} "$2" || exit 1
echo mounted
cat >/dev/null
umount "$2" 2>/dev/null || umount -l "$2"
rmdir "$2"`;

/** Why no file system can be mounted here, and what helps; null: it can. */
export function mountMissing(): string | null {
  return mayMount(statusOfThisProcess())
    ? null
    : 'mounting a small tmpfs needs root: run it as root, or in namespaces of its own, `unshare -rm npm run faults -- ...` (Debian: util-linux)';
}

/** @param status of `/proc/self/status`; empty where there is no such file */
export function mayMount(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

function statusOfThisProcess(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    // Not Linux: nothing is mounted there in this way.
    return '';
  }
}

/** A file system of a few MiB, to be filled to the last page and freed again. Unmounted when disposed of. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  readonly #keeper;
  #ballast: number | null = null;
  #refill: NodeJS.Timeout | null = null;

  private constructor(sizeMiB: number) {
    this.path = mkdtempSync(join(tmpdir(), 'vitalwire-disk-'));
    this.#keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', `${sizeMiB}m`, this.path], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** @throws CodedError `disk_not_mounted` */
  static async mount(sizeMiB: number): Promise<SmallDisk> {
    const disk = new SmallDisk(sizeMiB);
    const { stdout, stderr } = disk.#keeper;
    const said: string[] = [];
    stderr.on('data', (piece: Buffer) => void said.push(piece.toString('utf8')));
    const [first] = await Promise.race([once(stdout, 'data'), once(disk.#keeper, 'close')]);
    if (first instanceof Buffer) return disk;
    rmSync(disk.path, { recursive: true, force: true });
    throw new CodedError('disk_not_mounted', `no small disk could be mounted: ${said.join('').trim()}`);
  }

  /** Takes every page there is, and from now on every page that is let go of. */
  fill(): void {
    this.#ballast ??= openSync(join(this.path, BALLAST), 'a', 0o600);
    this.#take(this.#ballast);
    this.#refill ??= setInterval(() => this.#ballast !== null && this.#take(this.#ballast), REFILL_MS);
  }

  /** Gives back what was taken. */
  free(): void {
    if (this.#refill !== null) clearInterval(this.#refill);
    if (this.#ballast !== null) closeSync(this.#ballast);
    this.#refill = null;
    this.#ballast = null;
    rmSync(join(this.path, BALLAST), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.free();
    const gone = once(this.#keeper, 'close');
    this.#keeper.stdin.end();
    await gone;
  }

  #take(ballast: number): void {
    for (const size of PIECES) {
      const piece = Buffer.alloc(size);
      try {
        for (;;) writeSync(ballast, piece);
      } catch (error) {
        if (codeOf(error) !== 'ENOSPC') throw error;
      }
    }
  }
}
