import { readdirSync, readFileSync } from 'node:fs';

/** The parent of a process; undefined: it has just ended. */
function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may hold anything, spaces and parentheses too.
    const [, afterName = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/s);
    return Number(afterName.split(' ')[1]);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
}

/** Every process that descends from `pid`, without itself. */
export function descendantsOf(pid: number): readonly number[] {
  const children = Map.groupBy(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
    parentOf,
  );
  const found: number[] = [];
  const look = (parent: number): void => {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      look(child);
    }
  };
  look(pid);
  return found;
}
