const BUSY = 5;
const FULL = 13;
/** The index of the WAL, a file beside it, could not grow: found after the frames were written, and taken back. */
const IOERR_SHMSIZE = 10 | (19 << 8);

/**
 * What a write transaction that threw left behind.
 * - `disk_full`: no space (ENOSPC). SQLite rolled back; nothing was claimed to be on disk that is not. May be tried again.
 * - `busy`: another process holds the file. Nothing was written. May be tried again.
 * - `failed`: anything else. After a failed fsync (IOERR_FSYNC, _DIR_FSYNC, _TRUNCATE) nobody knows what the disk has, and
 *   a second attempt might succeed without it; IOERR_WRITE is also how a quota (EDQUOT) and a dying disk (EIO) look alike.
 */
export type WriteFailure = 'disk_full' | 'busy' | 'failed';

/** Of what a write transaction of `node:sqlite` threw (`errcode`: SQLite's extended result code). */
export function writeFailureOf(cause: unknown): WriteFailure {
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) : 0;
  if ((code & 0xff) === BUSY) return 'busy';
  return (code & 0xff) === FULL || code === IOERR_SHMSIZE ? 'disk_full' : 'failed';
}
