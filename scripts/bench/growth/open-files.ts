import { readFileSync } from 'node:fs';

/** Files of a server beside its connections: databases, libraries, the store's sockets. */
const BESIDE = 200;

/** How many files a process may open, as processes started by this one inherit it: Node raises its own to the hard limit. */
export function openFilesLimit(limits: string = readFileSync('/proc/self/limits', 'utf8')): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Which numbers of connections one process can hold, and which not. */
export function sizesWithin(
  sizes: readonly number[],
  limit: number,
): { readonly possible: readonly number[]; readonly skipped: readonly number[] } {
  const fits = (size: number): boolean => size + BESIDE <= limit;
  return { possible: sizes.filter(fits), skipped: sizes.filter((size) => !fits(size)) };
}
