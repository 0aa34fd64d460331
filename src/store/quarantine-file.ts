import { promises } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Point } from './point.ts';

export interface QuarantineOptions {
  /** The file, e.g. `<data>/quarantine.ndjson`; made when missing, readable by its owner only: it holds vitals. */
  readonly path: string;
  readonly clock: Clock;
  /** Refuses more beyond, so that a store that takes nothing cannot fill the disk. Default 256 MiB. */
  readonly maxBytes?: number;
}

/** Points that the store will never take, one JSON object a line: kept for a person to look at. */
export interface QuarantineFile extends AsyncDisposable {
  /**
   * Resolves when the point is on disk.
   * @throws CodedError `quarantine_full`; file system errors as they are.
   */
  add(point: Point, error: Error): Promise<void>;
}

/** Opens the file for appending. A line that a crash cut short is ended, so that it spoils no other. */
export async function quarantineFile(options: QuarantineOptions): Promise<QuarantineFile> {
  const { path, clock, maxBytes = 256 * 1024 * 1024 } = options;
  const handle = await promises.open(path, 'a+', 0o600);
  let size = (await handle.stat()).size;
  if (size > 0 && !(await endsLine(handle, size))) size += await append(handle, '\n');
  let last: Promise<void> = Promise.resolve();

  async function write(line: string): Promise<void> {
    const bytes = Buffer.byteLength(line);
    if (size + bytes > maxBytes) {
      throw new CodedError(
        'quarantine_full',
        `${path} holds ${size} bytes and may hold ${maxBytes}: look at what the store refuses, then move the file away and restart`,
        { details: { size, maxBytes } },
      );
    }
    size += await append(handle, line);
  }

  return {
    add(point, error) {
      const line = `${JSON.stringify({ at: clock.now(), code: codeOf(error), message: error.message, point })}\n`;
      const written = last.then(() => write(line));
      // One after the other; that one failed does not fail the next.
      last = written.catch(() => undefined);
      return written;
    },
    async [Symbol.asyncDispose]() {
      await last;
      await handle.close();
    },
  };
}

async function append(handle: promises.FileHandle, text: string): Promise<number> {
  await handle.appendFile(text);
  await handle.sync();
  return Buffer.byteLength(text);
}

async function endsLine(handle: promises.FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() === '\n';
}
