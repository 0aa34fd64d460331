import { readFileSync } from 'node:fs';

/** Bytes that a process gave to the block layer, written or to be (proc(5), `write_bytes`); file systems in memory take none. */
export function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0);
}
